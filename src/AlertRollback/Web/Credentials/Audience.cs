namespace AlertRollback.Web.Credentials;

/// <summary>Who an endpoint is for. A credential opens the endpoints of its own audience alone, but an operator's also those for pipelines and scrapers.</summary>
public enum Audience { Webhook, Operator, Pipeline, Scraper }
