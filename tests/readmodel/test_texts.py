"""What people said: readable with the key, unreadable without, gone when erased, nowhere else in clear."""

import asyncio
from pathlib import Path

import pytest

from domain.errors import UnknownTicket
from readmodel import Database, commands, connect, recording, tickets
from readmodel.texts import NewText, erase, originals, require_same_master, unlock
from readmodel.tickets import Filters
from readmodel.vault import BadVault, Vault, has_key
from tests.domain.journey import Journey
from tests.readmodel.records import ADDRESS, CITIZEN, DESCRIPTION, NAME, PHONE, batches, dump, filed, rows

REPLY = "已联系居民并更换灯泡"


async def _whole_ticket(database: Database, vault: Vault) -> str:
    done = await filed(database, vault, DESCRIPTION, idempotency_key="一个键", **CITIZEN)
    texts = [NewText("reply", f"{REPLY},{NAME}满意"), NewText("proof.0", "现场照片说明")]
    slot = await commands.begin(database, vault, done.number, "feedback", "k" * 32, "b" * 32, texts)
    journey = Journey(done.intake)
    journey.left_alone()
    batch = batches(journey, (1000,))[0].model_copy(
        update={"answers": {slot.key_hash: journey.ticket.receipt()}}
    )
    await recording.record(database, batch)
    return done.number


async def test_no_personal_data_and_no_words_stand_in_clear_anywhere(
    database: Database, dsn: str, vault: Vault
) -> None:
    """Every column of every table, as text and as bytes, is searched for what citizen and unit said."""
    await _whole_ticket(database, vault)
    found = await dump(dsn)
    assert "路灯不亮" in found, "the masked copy is there, so the search works"
    for secret in (NAME, PHONE, ADDRESS, "40.071234", "116.345678", REPLY, "现场照片说明", "一个键"):
        assert secret not in found
        assert secret.encode().hex() not in found


async def test_another_master_key_reads_nothing(database: Database, vault: Vault) -> None:
    """It fails loudly instead of showing an empty page."""
    number = await _whole_ticket(database, vault)
    with pytest.raises(BadVault):
        await originals(database, Vault(b"x" * 32), number)


async def test_a_database_takes_one_master_key_and_refuses_all_others(
    database: Database, vault: Vault
) -> None:
    """A lost key file must not be replaced by a new one without anybody noticing."""
    await asyncio.gather(*(require_same_master(database, vault) for _ in range(8)))
    await require_same_master(database, vault)
    with pytest.raises(BadVault, match=r"主密钥与数据库不符.*restore the original"):
        await require_same_master(database, Vault(b"x" * 32))


async def test_of_two_new_keys_at_once_one_is_taken(database: Database) -> None:
    """Two installations pointed at one empty database do not both believe it theirs."""
    vaults = [Vault(bytes([number]) * 32) for number in range(8)]
    outcomes = await asyncio.gather(
        *(require_same_master(database, one) for one in vaults), return_exceptions=True
    )
    assert outcomes.count(None) == 1


async def test_destroying_the_key_is_deletion(database: Database, dsn: str, vault: Vault) -> None:
    """Where only the key is gone, as in an old backup, the words do not come back."""
    number = await _whole_ticket(database, vault)
    await rows(dsn, "DELETE FROM vault_key")
    assert await originals(database, vault, number) == ()
    assert len(await rows(dsn, "SELECT id FROM vault_text")) == 7


async def test_erasing_takes_texts_search_copy_and_hashes(database: Database, dsn: str, vault: Vault) -> None:
    """Afterwards neither the words nor the person can be found; the process itself stays on record."""
    number = await _whole_ticket(database, vault)
    await erase(database, number)
    await erase(database, number)
    assert await originals(database, vault, number) == ()
    assert (await tickets.search(database, Filters(q="路灯"), None, 10)).rows == ()
    assert (await tickets.search(database, Filters(phone_hash=vault.phone_hash(PHONE)), None, 10)).rows == ()
    assert "路灯" not in await dump(dsn)
    shown = await tickets.view(database, number)
    assert shown is not None
    assert shown.masked == ""
    assert await tickets.events(database, number)


async def test_erasing_one_ticket_leaves_the_others(database: Database, vault: Vault) -> None:
    """Deletion is for the one who asked."""
    gone, kept = await filed(database, vault, DESCRIPTION), await filed(database, vault, DESCRIPTION)
    await erase(database, gone.number)
    assert [text.text for text in await originals(database, vault, kept.number)] == [DESCRIPTION]


async def test_an_unknown_number_cannot_be_erased(database: Database, vault: Vault) -> None:
    """Whoever deletes learns that there was nothing."""
    with pytest.raises(UnknownTicket):
        await erase(database, "20261102-000017-3")
    assert await originals(database, vault, "20261102-000017-3") == ()


async def test_an_unused_database_has_its_key_drawn_and_every_later_start_finds_it(
    database: Database, tmp_path: Path
) -> None:
    """The first start; the second opens what the first sealed."""
    first = await unlock(database, tmp_path / "master.key")
    await require_same_master(database, first)
    assert (await unlock(database, tmp_path / "master.key")).fingerprint == first.fingerprint


async def test_a_key_that_is_gone_is_not_replaced_while_the_database_is_sealed_with_it(
    database: Database, tmp_path: Path
) -> None:
    """The sentence names the file and what to do; nothing is drawn, and the key put back opens all again."""
    key_file = tmp_path / "master.key"
    vault = await unlock(database, key_file)
    await require_same_master(database, vault)
    number = await _whole_ticket(database, vault)
    kept = key_file.read_bytes()
    key_file.unlink()
    with pytest.raises(BadVault, match=rf"{key_file} 不见了.*chmod 600.*copy the key back"):
        await unlock(database, key_file)
    assert not has_key(tmp_path / "master.key")
    key_file.write_bytes(kept)
    key_file.chmod(0o600)
    assert await originals(database, await unlock(database, key_file), number)


async def test_no_key_is_drawn_while_the_database_cannot_say_whether_it_has_one(tmp_path: Path) -> None:
    """A first start waits for the database; one with a key does not."""
    away = connect("postgresql://nobody:x@127.0.0.1:9/jiesu", 1)
    with pytest.raises(BadVault, match="没有应答"):
        await unlock(away, tmp_path / "master.key")
    assert not has_key(tmp_path / "master.key")
    (tmp_path / "master.key").write_bytes(b"k" * 32)
    (tmp_path / "master.key").chmod(0o600)
    await unlock(away, tmp_path / "master.key")
    await away.dispose()
