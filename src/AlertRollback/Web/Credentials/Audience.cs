namespace AlertRollback.Web.Credentials;

/// <summary>Who an endpoint is for. A credential opens the endpoints of its own audience and no others.</summary>
public enum Audience { Webhook, Operator, Pipeline, Scraper }
