namespace AlertRollback.Tests.Announcements.Wording;

public sealed partial class MessageTests
{
    // The footer's link, the same everywhere.
    private const string Link = $"<https://rollback.example/api/v1/rollbacks/{Happenings.Id}|{Happenings.Id}> · deployment/production/rental-api · row critical band";

    private static readonly Dictionary<string, string> Golden = new()
    {
        ["planned"] = $"""
            ⏪ rental-api: rollback is being planned
            *What broke*
            <https://prometheus/graph?g0|RentalErrors> (critical) since 11:59:00 UTC, firing
            Errors at 12 %
            *What is planned* (undo, kubernetes)
            rollout_undo: `revision 7 (rental:2.0)` → `revision 6 (rental:1.9)`
            ```
            image: rental:2.0 → rental:1.9
            ```
            *What you must do now*
            Nothing right now.
            {Link} · alert accepted 12:00:00 UTC
            """,
        ["rolling back"] = $"""
            ⏪ rental-api: rolling back, 40 %
            *What broke*
            <https://prometheus/graph?g0|RentalErrors> (critical) since 11:59:00 UTC, firing
            Errors at 12 %
            *What is being done* (undo, kubernetes)
            rollout_undo: `revision 7 (rental:2.0)` → `revision 6 (rental:1.9)` — 40 %
            ```
            image: rental:2.0 → rental:1.9
            ```
            *What you must do now*
            Nothing right now. Please do not deploy this service while the rollback runs.
            {Link} · alert accepted 12:00:00 UTC
            """,
        ["being verified"] = $"""
            ⏪ rental-api: undone, being verified
            *What broke*
            <https://prometheus/graph?g0|RentalErrors> (critical) since 11:59:00 UTC, firing
            Errors at 12 %
            *What was done* (undo, kubernetes)
            rollout_undo: `revision 7 (rental:2.0)` → `revision 6 (rental:1.9)` — 3 of 3 pods run revision 6
            ```
            image: rental:2.0 → rental:1.9
            ```
            *Did it work?* Not known yet: checks are asked until 12:06:00 UTC.
            ✗ error rate: 4.1 % (expected below 0.1 %)
            ℹ requests: 210/s
            *What you must do now*
            Nothing right now. Please do not deploy this service while the rollback runs.
            {Link} · alert accepted 12:00:00 UTC
            """,
        ["watched"] = $"""
            🟢 rental-api: rolled back and verified, now watched
            *What broke*
            <https://prometheus/graph?g0|RentalErrors> (critical) since 11:59:00 UTC, firing
            Errors at 12 %
            *What was done* (undo, kubernetes)
            rollout_undo: `revision 7 (rental:2.0)` → `revision 6 (rental:1.9)` — 3 of 3 pods run revision 6
            ```
            image: rental:2.0 → rental:1.9
            ```
            *Did it work?* Yes so far, measured; watched until 12:35:00 UTC.
            ✓ error rate: 0.02 % (expected below 0.1 %)
            ℹ requests: 210/s
            *What you must do now*
            Nothing right now. Please do not deploy this service until the watch is over.
            {Link} · alert accepted 12:00:00 UTC
            """,
        ["rolled back"] = $"""
            ✅ rental-api: rolled back, verified and stable
            *What broke*
            <https://prometheus/graph?g0|RentalErrors> (critical) since 11:59:00 UTC, resolved by now
            Errors at 12 %
            *What was done* (undo, kubernetes)
            rollout_undo: `revision 7 (rental:2.0)` → `revision 6 (rental:1.9)` — 3 of 3 pods run revision 6
            ```
            image: rental:2.0 → rental:1.9
            ```
            *Did it work?* Yes, measured, and it stayed so while it was watched.
            ✓ error rate: 0.02 % (expected below 0.1 %)
            ℹ requests: 210/s
            *What you must do now*
            Find out what was wrong with the release before it is deployed again: it is in quarantine.
            {Link} · closed 2 min after the alert was accepted
            """,
        ["refused"] = $"""
            ✋ rental-api: not rolled back (deployed_after_alert)
            *What broke*
            <https://prometheus/graph?g0|RentalErrors> (critical) since 11:59:00 UTC, firing
            Errors at 12 %
            *Why*
            deployed 2 min after the alert
            *What you must do now*
            Called: on-call.
            Look whether the newest release is the fix. If it is not, roll back by hand.
            {Link} · closed 0.5 min after the alert was accepted
            """,
        ["parked"] = $"""
            ⏸️ rental-api: rollback waits (hold)
            *What broke*
            <https://prometheus/graph?g0|RentalErrors> (critical) since 11:59:00 UTC, firing
            Errors at 12 %
            *Why it waits*
            the same playbook acted 5 min ago (looked at again at 12:10:00 UTC)
            *What you must do now*
            Watch the alert: if it still fires when this time is over, people are called.
            {Link} · alert accepted 12:00:00 UTC
            """,
        ["withdrawn"] = $"""
            ⚪ rental-api: resolved by itself, nothing was changed
            *What broke*
            <https://prometheus/graph?g0|RentalErrors> (critical) since 11:59:00 UTC, resolved by now
            Errors at 12 %
            *What was planned, and not done* (undo, kubernetes)
            rollout_undo: `revision 7 (rental:2.0)` → `revision 6 (rental:1.9)`
            ```
            image: rental:2.0 → rental:1.9
            ```
            *Why*
            every alert resolved before anything was changed
            *What you must do now*
            Nothing.
            {Link} · closed 0.7 min after the alert was accepted
            """,
        ["shadow"] = $"""
            👥 [shadow] rental-api: would be rolled back
            *What broke*
            <https://prometheus/graph?g0|RentalErrors> (critical) since 11:59:00 UTC, firing
            Errors at 12 %
            *What would be done* (undo, kubernetes)
            rollout_undo: `revision 7 (rental:2.0)` → `revision 6 (rental:1.9)`
            ⚠️ Helm manages this workload: its next release may undo this
            ```
            image: rental:2.0 → rental:1.9
            ```
            *Why*
            shadow mode: nothing was changed
            *What you must do now*
            If you agree, roll back by hand: in shadow mode nothing is changed.
            {Link} · closed 0.5 min after the alert was accepted
            """,
        ["superseded"] = $"""
            ✋ rental-api: somebody deployed meanwhile, left alone
            *What broke*
            <https://prometheus/graph?g0|RentalErrors> (critical) since 11:59:00 UTC, firing
            Errors at 12 %
            *What was done* (undo, kubernetes)
            rollout_undo: `revision 7 (rental:2.0)` → `revision 6 (rental:1.9)` — *superseded*: revision 8 was deployed meanwhile
            ```
            image: rental:2.0 → rental:1.9
            ```
            *Did it work?* It was not brought to its end (superseded): revision 8 was deployed meanwhile
            *What you must do now*
            Called: on-call.
            Look at what was deployed meanwhile: it was left alone, and it may or may not be the fix.
            {Link} · closed 1.3 min after the alert was accepted
            """,
        ["scaled by somebody else"] = $"""
            🔴 rental-api: rollback STOPPED, somebody else changed the same thing
            *What broke*
            <https://prometheus/graph?g0|RentalErrors> (critical) since 11:59:00 UTC, firing
            Errors at 12 %
            *What was done* (undo, kubernetes)
            scale: `3 replicas` → `0 replicas` — *superseded*: rental-api was scaled to 2 by somebody else
            rollout_undo: `revision 7 (rental:2.0)` → `revision 6 (rental:1.9)` — not done
            ```
            image: rental:2.0 → rental:1.9
            ```
            *Did it work?* It was not brought to its end (superseded): rental-api was scaled to 2 by somebody else
            *What you must do now*
            Called: on-call.
            Take over now: somebody else changed the same thing at the same time, which was left alone, and the rollback went no further. No release was undone. Look at what was changed and what was not, then finish or revert it by hand.
            {Link} · closed 1.2 min after the alert was accepted
            """,
        ["failed"] = $"""
            🔴 rental-api: rollback FAILED (check_failed)
            *What broke*
            <https://prometheus/graph?g0|RentalErrors> (critical) since 11:59:00 UTC, firing
            Errors at 12 %
            *What did not work*
            ✗ kubernetes did not work (check_failed): error rate: 4.1 %, expected below 0.1 %
            *What was done* (undo, kubernetes)
            rollout_undo: `revision 7 (rental:2.0)` → `revision 6 (rental:1.9)` — 3 of 3 pods run revision 6
            ```
            image: rental:2.0 → rental:1.9
            ```
            *Did it work?* No (check_failed): error rate: 4.1 %, expected below 0.1 %
            ✗ error rate: 4.1 % (expected below 0.1 %)
            ℹ requests: 210/s
            *What you must do now*
            Called: on-call.
            Take over now: the rollback did not make the service healthy.
            {Link} · closed 2.2 min after the alert was accepted
            """,
        ["fallback"] = $"""
            🔴 rental-api: rollback FAILED (rollout_failed)
            *What broke*
            <https://prometheus/graph?g0|RentalErrors> (critical) since 11:59:00 UTC, firing
            Errors at 12 %
            *What did not work*
            ✗ kubernetes did not work (rollout_failed): 1 of 3 pods ready
            *What was done* (undo, kubernetes)
            rollout_undo: `revision 7 (rental:2.0)` → `revision 6 (rental:1.9)` — *failed (rollout_failed)*: 1 of 3 pods ready
            ```
            image: rental:2.0 → rental:1.9
            ```
            then scale: `3 pods` → `0 pods` — no pod runs
            *Did it work?* No (rollout_failed): 1 of 3 pods ready
            *What you must do now*
            Called: on-call.
            Take over now: the rollback did not make the service healthy.
            {Link} · closed 2.5 min after the alert was accepted
            """,
        ["called"] = $"""
            ⏪ rental-api: rollback did NOT work, people are called
            *What broke*
            <https://prometheus/graph?g0|RentalErrors> (critical) since 11:59:00 UTC, firing
            Errors at 12 %
            *What did not work*
            ✗ kubernetes did not work (check_failed): error rate: 4.1 %
            *What is being done* (undo, kubernetes)
            rollout_undo: `revision 7 (rental:2.0)` → `revision 6 (rental:1.9)` — 3 of 3 pods run revision 6
            ```
            image: rental:2.0 → rental:1.9
            ```
            *Did it work?* No (check_failed): error rate: 4.1 %, expected below 0.1 %
            ✗ error rate: 4.1 % (expected below 0.1 %)
            ℹ requests: 210/s
            *What you must do now*
            Called: on-call.
            Take over now: the rollback did not make the service healthy.
            {Link} · alert accepted 12:00:00 UTC
            """,
        ["next waits"] = $"""
            ❓ rental-api: this way did not work, the next waits for a yes or no
            *What broke*
            <https://prometheus/graph?g0|RentalErrors> (critical) since 11:59:00 UTC, firing
            Errors at 12 %
            *What did not work*
            ✗ kubernetes did not work (rollout_failed): 1 of 3 pods ready
            ↳ rollout_undo: `revision 7 (rental:2.0)` → `revision 6 (rental:1.9)` — *failed (rollout_failed)*: 1 of 3 pods ready
            *What is planned next* (undo, docker)
            rollout_undo: `revision 7 (rental:2.0)` → `revision 6 (rental:1.9)`
            ```
            image: rental:2.0 → rental:1.9
            ```
            *What you must do now*
            Called: on-call.
            on-call: say yes or no until 12:15 UTC (it is not done if nobody answers): alertrollback approve rental-api-20261123-1200-abc123 --digest db991f74a32f, or alertrollback reject rental-api-20261123-1200-abc123 --digest db991f74a32f
            {Link} · alert accepted 12:00:00 UTC
            """,
        ["next unknown"] = $"""
            🔴 rental-api: rollback did NOT work, the next way could not be begun
            *What broke*
            <https://prometheus/graph?g0|RentalErrors> (critical) since 11:59:00 UTC, firing
            Errors at 12 %
            *What did not work*
            ✗ kubernetes did not work (check_failed): error rate: 4.1 %
            *What was done* (undo, kubernetes)
            rollout_undo: `revision 7 (rental:2.0)` → `revision 6 (rental:1.9)` — 3 of 3 pods run revision 6
            ```
            image: rental:2.0 → rental:1.9
            ```
            *Did it work?* No, and the next way could not be begun (cannot_tell): the next method cannot be planned: the registry does not answer
            ✗ error rate: 4.1 % (expected below 0.1 %)
            ℹ requests: 210/s
            *What you must do now*
            Called: on-call.
            Take over now: the rollback did not make the service healthy.
            {Link} · closed 2 min after the alert was accepted
            """,
        ["inconclusive"] = $"""
            🔴 rental-api: undone, result UNKNOWN
            *What broke*
            <https://prometheus/graph?g0|RentalErrors> (critical) since 11:59:00 UTC, firing
            Errors at 12 %
            *What was done* (undo, kubernetes)
            rollout_undo: `revision 7 (rental:2.0)` → `revision 6 (rental:1.9)` — 3 of 3 pods run revision 6
            ```
            image: rental:2.0 → rental:1.9
            ```
            *Did it work?* It cannot be told (inconclusive): error rate: no data
            ? error rate: no data (expected below 0.1 %)
            ℹ requests: 210/s
            *What you must do now*
            Called: on-call.
            Take over now: look yourself whether the service is healthy; nothing more is done automatically.
            {Link} · closed 2 min after the alert was accepted
            """,
        ["uncertain"] = $"""
            🔴 rental-api: rollback UNCERTAIN, look what runs
            *What broke*
            <https://prometheus/graph?g0|RentalErrors> (critical) since 11:59:00 UTC, firing
            Errors at 12 %
            *What was done* (undo, kubernetes)
            rollout_undo: `revision 7 (rental:2.0)` → `revision 6 (rental:1.9)` — *unknown (outcome_unknown)*: the API did not answer
            ```
            image: rental:2.0 → rental:1.9
            ```
            *Did it work?* It cannot be told (outcome_unknown): the API did not answer
            *What you must do now*
            Called: on-call.
            Take over now: look yourself whether the service is healthy; nothing more is done automatically.
            {Link} · closed 1.3 min after the alert was accepted
            """,
        ["ineffective"] = $"""
            🔴 rental-api: rolled back, but the alert still fires
            *What broke*
            <https://prometheus/graph?g0|RentalErrors> (critical) since 11:59:00 UTC, firing
            Errors at 12 %
            *What was done* (undo, kubernetes)
            rollout_undo: `revision 7 (rental:2.0)` → `revision 6 (rental:1.9)` — 3 of 3 pods run revision 6
            ```
            image: rental:2.0 → rental:1.9
            ```
            *Did it work?* No: RentalErrors still fires after the hold of 15 min
            ✓ error rate: 0.02 % (expected below 0.1 %)
            ℹ requests: 210/s
            *What you must do now*
            Called: on-call.
            Look for another cause: the release that was undone was not, or not the only, one. Nothing more is done automatically.
            {Link} · closed 1.8 min after the alert was accepted
            """,
        ["resolved after the hold"] = $"""
            🟡 rental-api: rolled back, the alert fired on after the hold and has resolved since
            *What broke*
            <https://prometheus/graph?g0|RentalErrors> (critical) since 11:59:00 UTC, resolved by now
            Errors at 12 %
            *What was done* (undo, kubernetes)
            rollout_undo: `revision 7 (rental:2.0)` → `revision 6 (rental:1.9)` — 3 of 3 pods run revision 6
            ```
            image: rental:2.0 → rental:1.9
            ```
            *Did it work?* Not within the hold: RentalErrors fired on after it, and resolved at 12:02:20 UTC.
            ✓ error rate: 0.02 % (expected below 0.1 %)
            ℹ requests: 210/s
            *What you must do now*
            Called: on-call.
            Look why it took so long: the alert fired on after the hold and has resolved since, by what was done or by something else. Find out what was wrong with the release before it is deployed again.
            {Link} · closed 1.8 min after the alert was accepted
            """,
        ["failed, resolved since"] = $"""
            🔴 rental-api: rollback FAILED (check_failed), the alert has resolved since
            *What broke*
            <https://prometheus/graph?g0|RentalErrors> (critical) since 11:59:00 UTC, resolved by now
            Errors at 12 %
            *What did not work*
            ✗ kubernetes did not work (check_failed): error rate: 4.1 %, expected below 0.1 %
            *What was done* (undo, kubernetes)
            rollout_undo: `revision 7 (rental:2.0)` → `revision 6 (rental:1.9)` — 3 of 3 pods run revision 6
            ```
            image: rental:2.0 → rental:1.9
            ```
            *Did it work?* No (check_failed): error rate: 4.1 %, expected below 0.1 %
            ✗ error rate: 4.1 % (expected below 0.1 %)
            ℹ requests: 210/s
            *What you must do now*
            Called: on-call.
            The alert has resolved since, but the rollback did not end with a service that was measured to be healthy: look whether it is, and at what was left changed.
            {Link} · closed 2.2 min after the alert was accepted
            """,
        ["firing again"] = $"""
            🔴 rental-api: rollback FAILED (firing_again)
            *What broke*
            <https://prometheus/graph?g0|RentalErrors> (critical) since 11:59:00 UTC, firing
            Errors at 12 %
            *What was done* (undo, kubernetes)
            rollout_undo: `revision 7 (rental:2.0)` → `revision 6 (rental:1.9)` — 3 of 3 pods run revision 6
            ```
            image: rental:2.0 → rental:1.9
            ```
            *Did it work?* No (firing_again): RentalErrors began to fire again during stabilisation
            ✓ error rate: 0.02 % (expected below 0.1 %)
            ℹ requests: 210/s
            *What you must do now*
            Called: on-call.
            Take over now: the rollback did not make the service healthy.
            {Link} · closed 2 min after the alert was accepted
            """,
        ["stopped"] = $"""
            🔴 rental-api: rollback STOPPED
            *What broke*
            <https://prometheus/graph?g0|RentalErrors> (critical) since 11:59:00 UTC, firing
            Errors at 12 %
            *What was done* (undo, kubernetes)
            rollout_undo: `revision 7 (rental:2.0)` → `revision 6 (rental:1.9)` — *not known whether it was done*
            ```
            image: rental:2.0 → rental:1.9
            ```
            *Did it work?* It was not brought to its end (stopped_by_person): the kill switch was set by ann
            *What you must do now*
            Called: on-call.
            Look at what was left half done, then finish or revert it by hand.
            {Link} · closed 1.2 min after the alert was accepted
            """,
        ["nothing measured"] = $"""
            ☑️ rental-api: rolled back and watched, nothing measured
            *What broke*
            <https://prometheus/graph?g0|RentalErrors> (critical) since 11:59:00 UTC, resolved by now
            Errors at 12 %
            *What was done* (undo, kubernetes)
            rollout_undo: `revision 7 (rental:2.0)` → `revision 6 (rental:1.9)` — 3 of 3 pods run revision 6
            ```
            image: rental:2.0 → rental:1.9
            ```
            *Did it work?* Nothing was measured: the playbook has no checks. No alert began anew while it was watched.
            *What you must do now*
            Find out what was wrong with the release before it is deployed again: it is in quarantine.
            {Link} · closed 1.7 min after the alert was accepted
            """,
    };
}
