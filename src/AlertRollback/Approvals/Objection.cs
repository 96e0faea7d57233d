namespace AlertRollback.Approvals;

public enum ObjectionKind
{
    /// <summary>The request says too little, or something that does not fit.</summary>
    Unfit,

    /// <summary>The person has no right to it here.</summary>
    NotEntitled,

    /// <summary>Things have moved on: another plan, another run, a time that is over.</summary>
    Overtaken,
}

/// <summary>Why what a person asked for, or answered, does not count.</summary>
public sealed record Objection(ObjectionKind Kind, string Text)
{
    public static Objection Unfit(string text) => new(ObjectionKind.Unfit, text);

    public static Objection NotEntitled(string text) => new(ObjectionKind.NotEntitled, text);

    public static Objection Overtaken(string text) => new(ObjectionKind.Overtaken, text);
}
