"""How a `StatusView` becomes a row of the table `ticket`: the one definition for intake and recording."""

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
    "holder": "CASE WHEN v->>'status' IN ('awaiting_sign', 'handling') THEN v#>>'{unit,code}' ELSE '' END",
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
"""Column → how it is read from the view `v` (jsonb).

`holder` is the unit whose act is awaited; empty: the city's desk, which sends out and asks afterwards. It is
not null, because an index is read in order for a value, but not for null.
"""

INSERT = f"INSERT INTO ticket ({', '.join(COLUMNS)}) SELECT {', '.join(COLUMNS.values())} "
"""Writes the projection; a FROM clause that yields `v` follows."""

FORWARD = (
    "ON CONFLICT (number) DO UPDATE SET "
    + ", ".join(f"{column} = excluded.{column}" for column in COLUMNS if column != "number")
    + " WHERE ticket.version <= excluded.version"
)
"""Follows `INSERT … FROM …`: a row only ever goes forward, however late an older write arrives."""
