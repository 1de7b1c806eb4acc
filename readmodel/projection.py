"""How an account (`Batch`) becomes rows: projection, event log, notices; for intake and recording alike."""

COLUMNS: dict[str, str] = {
    "number": "v->>'number'",
    "version": "(v->>'version')::integer",
    "recorded_at": "clock_timestamp()",
    "stage": "v->>'stage'",
    "status": "v->>'status'",
    "type": "v->>'type'",
    "category": "v#>>'{category,code}'",
    "tier": "v->>'tier'",
    "channel": "v->>'channel'",
    "district": "coalesce(v#>>'{place,district}', v#>>'{district,code}')",
    "town": "v#>>'{place,town}'",
    "unit": "v#>>'{unit,code}'",
    "holder": "v#>>'{holder,code}'",
    "desk": "v#>>'{desk,code}'",
    "desk_due_at": "(v->>'desk_due_at')::timestamptz",
    "level": "v->>'level'",
    "overdue": "(v->>'overdue')::boolean",
    "next_due_at": "(v->>'next_due_at')::timestamptz",
    "wakes_at": "(v->>'wakes_at')::timestamptz",
    "promised_at": "(v->>'promised_at')::timestamptz",
    "filed_at": "(v->>'filed_at')::timestamptz",
    "closed_at": "(v->>'closed_at')::timestamptz",
    "ending": "v->>'ending'",
    "view": "v",
}
"""Column → how it is read from the view `v` (jsonb)."""

INSERT = (
    f"INSERT INTO ticket (written_at, {', '.join(COLUMNS)}) SELECT written_at, {', '.join(COLUMNS.values())} "
)
"""Writes the projection; a FROM clause that yields the view `v` and the engine's `written_at` follows."""

_SET = ", ".join(f"{column} = excluded.{column}" for column in COLUMNS if column != "number")
FORWARD = (
    "ON CONFLICT (number) DO UPDATE "
    f"SET written_at = greatest(ticket.written_at, excluded.written_at), {_SET} "
    "WHERE CASE WHEN CAST(:seen_version AS integer) IS NULL "
    "THEN (ticket.written_at, ticket.version) <= (excluded.written_at, excluded.version) "
    "ELSE ticket.written_at = CAST(:seen_at AS timestamptz) "
    "AND ticket.version = CAST(:seen_version AS integer) END "
    "RETURNING number, version"
)
"""Follows `INSERT … FROM …`: the later account holds, by the engine's time, then by version.

With `seen_version`, a repair: only if the row is still what was seen when the workflow was asked.
"""


def insert_events(whose: str) -> str:
    """Return what writes the facts of `batch` (jsonb, of `given`) for the `number` that `whose` yields."""
    return f"""
    INSERT INTO ticket_event AS known (number, seq, kind, at, actor, fact)
    SELECT number, (event->>'seq')::integer, event#>>'{{fact,kind}}',
           (event#>>'{{fact,at}}')::timestamptz, event#>'{{fact,actor}}', event->'fact'
    FROM {whose}, given, jsonb_array_elements(batch->'facts') AS event
    """  # noqa: S608 - put together from constants


def insert_notices(whose: str) -> str:
    """Return what writes the notices of `batch` (jsonb, of `given`), each key once: the first of the batch.

    What becomes of a key that is there already follows: `ON CONFLICT (key) DO …`.
    """
    return f"""
    INSERT INTO notice AS known (key, number, seq, recipient, kind, at, about)
    SELECT DISTINCT ON (notice->>'key') notice->>'key', number, (notice->>'seq')::integer, notice->>'to',
           notice->>'kind', (notice->>'at')::timestamptz, notice->'about'
    FROM {whose}, given, jsonb_array_elements(batch->'notices') AS notice
    ORDER BY notice->>'key', (notice->>'seq')::integer
    """  # noqa: S608 - put together from constants


def note_parts(whose: str) -> str:
    """Return what notes which units the account is news for, named by `parts` (jsonb, of `given`).

    A unit's row loses its place in the line of its feed: it gets a new one, behind all others, when it is
    next read (`readmodel.feed`).
    """
    return f"""
    INSERT INTO unit_ticket AS known (number, unit, has_part, awaits_survey)
    SELECT number, code, parts->'now' ? code, parts->'answered' ? code
    FROM {whose}, given, jsonb_array_elements_text(parts->'touched') AS code
    ON CONFLICT (number, unit) DO UPDATE
    SET has_part = excluded.has_part, changed_at = excluded.changed_at, place = NULL,
        awaits_survey = excluded.awaits_survey
            OR (known.awaits_survey AND NOT (SELECT (parts->>'surveyed')::boolean FROM given))
    """  # noqa: S608 - put together from constants
