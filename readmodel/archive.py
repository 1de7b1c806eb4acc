"""Everything the database keeps of one ticket, read in one statement: one consistent picture."""

from typing import Any

from sqlalchemy import String, bindparam, text

from readmodel.connection import Database, session

_WHOLE = text("""
WITH said AS (
    SELECT jsonb_path_query(intake, '$.**.id') #>> '{}' AS id, NULL AS edition
    FROM request WHERE number = :number
    UNION
    SELECT jsonb_path_query(fact, '$.**.id') #>> '{}', NULL FROM ticket_event WHERE number = :number
    UNION
    SELECT NULL, jsonb_path_query(intake, '$.**.edition') #>> '{}' FROM request WHERE number = :number
    UNION
    SELECT NULL, jsonb_path_query(fact, '$.**.edition') #>> '{}' FROM ticket_event WHERE number = :number
)
SELECT ticket.closed_at, jsonb_build_object(
    'number', number,
    'filing', jsonb_build_object(
        'filed_at', request.filed_at, 'occurred_at', request.occurred_at, 'channel', request.channel,
        'type', request.type, 'external_id', request.external_id, 'description', request.masked,
        'intake', request.intake),
    'view', ticket.view,
    'erased', NOT EXISTS (SELECT FROM vault_key WHERE vault_key.number = ticket.number),
    'facts', coalesce((
        SELECT jsonb_agg(jsonb_build_object('seq', seq, 'fact', fact) ORDER BY seq)
        FROM ticket_event WHERE ticket_event.number = ticket.number), '[]'),
    'notices', coalesce((
        SELECT jsonb_agg(jsonb_build_object(
            'key', key, 'number', notice.number, 'seq', seq, 'to', recipient, 'kind', kind, 'at', at,
            'about', about) ORDER BY seq, key)
        FROM notice WHERE notice.number = ticket.number), '[]'),
    'commands', coalesce((
        SELECT jsonb_agg(jsonb_build_object(
            'key', key_hash, 'name', name, 'begun_at', created_at, 'attempts', attempts,
            'answer', answer, 'refusal', refusal) ORDER BY created_at, key_hash)
        FROM command WHERE command.number = ticket.number), '[]'),
    'texts', coalesce((
        SELECT jsonb_agg(jsonb_build_object('id', id, 'kind', kind, 'digest', digest) ORDER BY id) FROM (
            SELECT id, kind, digest FROM vault_text WHERE vault_text.number = :number
            UNION
            SELECT id, kind, digest FROM vault_text WHERE id = ANY (ARRAY(SELECT said.id FROM said))) AS kept
        ), '[]'),
    'editions', coalesce((
        SELECT jsonb_agg(rule_edition.id ORDER BY rule_edition.id) FROM rule_edition
        WHERE rule_edition.id = ANY (ARRAY(SELECT said.edition FROM said))), '[]')
) AS kept
FROM ticket JOIN request USING (number) WHERE number = :number
""").bindparams(bindparam("number", type_=String))


async def whole(database: Database, number: str) -> tuple[bool, dict[str, Any]] | None:
    """Return whether ticket `number` is closed, and all that is kept of it; null for an unknown number.

    Texts are named by id, kind and keyed hash; of what was said only the masked copy is there. A text that a
    fact names and another vault holds (an incident's) is among them. Raises `Unavailable`.
    """
    async with session(database) as connection:
        row = (await connection.execute(_WHOLE, {"number": number})).first()
    return (row.closed_at is not None, row.kept) if row else None
