using AlertRollback.Yaml;
using FluentValidation;
using FluentValidation.Results;

namespace AlertRollback.Matrix.Rules;

/// <summary>What a rule hangs on its failure, so that it becomes a fault with place and remedy.</summary>
internal sealed record RuleFault(Place Place, string? Remedy);

internal static class RuleFaults
{
    public static void Fault<T>(this ValidationContext<T> context, Place place, string message, string? remedy) =>
        context.AddFailure(new ValidationFailure(context.PropertyPath, message) { CustomState = new RuleFault(place, remedy) });

    public static void Warn<T>(this ValidationContext<T> context, Place place, string message, string? remedy) =>
        context.AddFailure(new ValidationFailure(context.PropertyPath, message) { CustomState = new RuleFault(place, remedy), Severity = Severity.Warning });

    public static void Collect<T>(this IValidator<T> rules, T subject, FaultList faults, FaultList warnings)
    {
        foreach (var failure in rules.Validate(subject).Errors)
        {
            var (place, remedy) = (RuleFault)failure.CustomState;
            (failure.Severity == Severity.Warning ? warnings : faults).Add(place, failure.ErrorMessage, remedy);
        }
    }
}
