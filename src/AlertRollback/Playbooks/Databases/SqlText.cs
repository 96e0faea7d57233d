namespace AlertRollback.Playbooks.Databases;

/// <summary>One statement of a text in PostgreSQL's SQL.</summary>
/// <param name="Words">Its first words outside of comments, in upper case, at most three.</param>
internal sealed record SqlStatement(int Start, int End, IReadOnlyList<string> Words);

/// <summary>
/// A text in PostgreSQL's SQL, cut into its statements: strings, quoted names, dollar quotes and comments are known, so
/// that what stands in them is no statement. With <c>standard_conforming_strings</c>, which is set before it is run.
/// </summary>
internal sealed class SqlText
{
    private readonly List<SqlStatement> _statements = [];
    private readonly List<string> _words = [];
    private readonly List<(int Start, int End)> _literals = [];
    private readonly string _text;
    private int _start = -1;

    public SqlText(string text)
    {
        _text = text;
        Read();
    }

    public IReadOnlyList<SqlStatement> Statements => _statements;

    /// <summary>What cannot be understood; null when everything can.</summary>
    public string? Fault { get; private set; }

    public string Of(SqlStatement statement) => _text[statement.Start..statement.End];

    /// <summary>Whether this place stands in a plain string: <c>'…'</c>, not <c>E'…'</c> and not a name.</summary>
    public bool IsInLiteral(int place) => _literals.Exists(l => l.Start < place && place < l.End);

    private void Read()
    {
        var at = 0;
        while (at < _text.Length && Fault is null)
            at = Next(at);
        End(_text.Length);
    }

    private int Next(int at)
    {
        var c = _text[at];
        if (char.IsWhiteSpace(c))
            return at + 1;
        if (Starts(at, "--"))
            return After(_text.IndexOf('\n', at));
        if (Starts(at, "/*"))
            return Comment(at);
        if (c == ';')
        {
            End(at);
            return at + 1;
        }

        Begin(at);
        return c switch
        {
            '\'' => Quoted(at, '\'', escapes: false),
            '"' => Quoted(at, '"', escapes: false),
            '$' => Dollar(at),
            '\\' => Wrong("a backslash outside of a string: commands of psql are not run"),
            '\0' => Wrong("a character that no text can have"),
            _ when char.IsLetter(c) || c == '_' => Word(at),
            _ => at + 1,
        };
    }

    private void Begin(int at)
    {
        if (_start < 0)
            _start = at;
    }

    private void End(int at)
    {
        if (_start >= 0)
            _statements.Add(new SqlStatement(_start, at, [.. _words]));
        _words.Clear();
        _start = -1;
    }

    private int Word(int at)
    {
        var end = at;
        while (end < _text.Length && (char.IsLetterOrDigit(_text[end]) || _text[end] is '_' or '$'))
            end++;
        var word = _text[at..end].ToUpperInvariant();

        // E'…' has backslashes of its own; U&'…' and B'…' do not.
        if (end < _text.Length && _text[end] == '\'' && word == "E")
            return Quoted(end, '\'', escapes: true);
        if (_words.Count < 3)
            _words.Add(word);
        return end;
    }

    private int Quoted(int at, char quote, bool escapes)
    {
        var end = at + 1;
        while (end < _text.Length)
        {
            if (escapes && _text[end] == '\\')
                end += 2;
            else if (_text[end] != quote)
                end++;
            else if (end + 1 < _text.Length && _text[end + 1] == quote)
                end += 2;
            else
                break;
        }

        if (end >= _text.Length)
            return Wrong($"a {quote} that is never closed");
        if (quote == '\'' && !escapes)
            _literals.Add((at, end));
        return end + 1;
    }

    private int Dollar(int at)
    {
        var end = at + 1;
        while (end < _text.Length && (char.IsLetterOrDigit(_text[end]) || _text[end] == '_'))
            end++;
        if (end >= _text.Length || _text[end] != '$' || (end > at + 1 && char.IsDigit(_text[at + 1])))
            return at + 1;
        var tag = _text[at..(end + 1)];
        var close = _text.IndexOf(tag, end + 1, StringComparison.Ordinal);
        return close < 0 ? Wrong($"a {tag} that is never closed") : close + tag.Length;
    }

    // They nest.
    private int Comment(int at)
    {
        var depth = 0;
        for (var end = at; end < _text.Length;)
        {
            if (Starts(end, "/*"))
                (depth, end) = (depth + 1, end + 2);
            else if (!Starts(end, "*/"))
                end++;
            else if (--depth == 0)
                return end + 2;
            else
                end += 2;
        }

        return Wrong("a comment that is never closed");
    }

    private bool Starts(int at, string with) => string.CompareOrdinal(_text, at, with, 0, with.Length) == 0;

    private int After(int at) => at < 0 ? _text.Length : at + 1;

    private int Wrong(string what)
    {
        Fault = $"the SQL has {what}";
        return _text.Length;
    }
}
