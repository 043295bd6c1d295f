"""Lists as they are published: what is read of them, and what is refused row by row."""

import pytest

from chassis.errors import Refusal
from services.payments.screening import reading
from services.payments.screening.model import EntryKind, Form
from services.payments.screening.reading import Columns, read, unpacked
from tests.payments.screening.published import FILES, REAL, packed


def ofac(**changed: str) -> reading.ReadList:
    files = FILES | {f"{name}.csv": text for name, text in changed.items()}
    return read(unpacked(packed(files), Form.OFAC), Form.OFAC, Columns())


def test_an_entry_has_the_names_of_all_files() -> None:
    bout, shipping, vessel = ofac().entries
    assert bout.names == ("BOUT, Viktor Anatolijevich", "BUT, Viktor Anatoliyevich", "BUTT, Viktor", "D'S MAN")
    assert (bout.kind, bout.programme) == (EntryKind.INDIVIDUAL, "SDGT")
    assert bout.facts == {"born": ["13 Jan 1967", "13 Jan 1970"], "nationalities": ["Russia"], "countries": ["Russia"]}
    # Cut in the midst of a name, and gone on in the file of comments.
    assert (shipping.kind, shipping.names) == (EntryKind.ENTITY, ("ORIENT SHIPPING LIMITED", "OSL MARINE"))
    assert (vessel.kind, vessel.names) == (EntryKind.VESSEL, ("MAKRAN",))


def test_bad_rows_are_refused_by_themselves() -> None:
    rest = ',"individual","X",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n'
    rows = f'5,"GOOD, One"{rest}\r\n5,"AGAIN, One"{rest}6,-0- {rest}-0- ,"NOBODY"{rest}7,"FEW"\r\n8,"***"{rest}'
    found = ofac(sdn=rows, alt='5,1,"aka",-0- ,-0- \r\n', add="", sdn_comments="")
    assert [entry.key for entry in found.entries] == ["5"]
    assert [(one.file, one.line, one.code) for one in found.refused] == [
        ("sdn.csv", 3, "repeated_key"), ("sdn.csv", 4, "no_name"), ("sdn.csv", 5, "no_key"), ("sdn.csv", 6, "wrong_columns"),
        ("sdn.csv", 7, "no_name"), ("alt.csv", 1, "no_name"),
    ]  # fmt: skip


def test_a_table_is_read_by_its_headings() -> None:
    table = "﻿nr,full,what,also\n1,张三,个人,Zhang San|Chang San\n2,ACME,organisation,\n3,short\n"
    columns = Columns(key="nr", name="full", kind="what", aliases="also", separator="|")
    found = read({reading.TABLE_FILE: table.encode()}, Form.TABLE, columns)
    assert [(one.kind, one.names) for one in found.entries] == [
        (EntryKind.INDIVIDUAL, ("张三", "Zhang San", "Chang San")), (EntryKind.ENTITY, ("ACME",)),
    ]  # fmt: skip
    assert [(one.line, one.code) for one in found.refused] == [(4, "wrong_columns")]
    for header in ('"id,name\n1,x\n', "id,name,name\n1,x,y\n", "\r\n", '"id\n' + "x" * 200_000 + '",name\n'):
        with pytest.raises(Refusal) as refused:
            read({reading.TABLE_FILE: header.encode()}, Form.TABLE, Columns())
        assert refused.value.code == "unreadable_list", header[:20]


def test_what_is_left_out_of_an_entry_is_told() -> None:
    many = ";".join(f"Alias {number}" for number in range(reading.MOST_NAMES_OF_ONE + 1))
    table = f"id,name,also,why\n1,Someone,{many},x\n2,Other,***;Second,{'y' * 201}\n"
    columns = Columns(aliases="also", programme="why")
    found = read({reading.TABLE_FILE: table.encode()}, Form.TABLE, columns)
    assert [(len(one.names), len(one.programme)) for one in found.entries] == [(100, 1), (2, 200)]
    assert [(one.line, one.code) for one in found.refused] == [
        (3, "no_name"),
        (2, "too_many_names"),
        (3, "long_programme"),
    ]


def test_remarks_that_never_end_are_read_in_a_moment() -> None:
    """Each of these took minutes: an expression that begins anew at every letter."""
    rest = ',"individual","X",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,'
    for remark in ("DOB " * 100_000, "DOB 1" + " " * 110_000 + "x", "a.k.a. '" * 60_000, "nationality " * 40_000):
        pieces = [remark[at : at + 120_000] for at in range(0, len(remark), 120_000)]
        comments = "".join(f'5,"{piece}"\r\n' for piece in pieces)
        found = ofac(sdn=f'5,"GOOD, One"{rest}-0- \r\n', alt="", add="", sdn_comments=comments)
        assert [(len(one.names), one.facts) for one in found.entries] == [(1, {})]
        assert [one.code for one in found.refused] == ["long_remarks"]


def test_what_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_ENTRIES", 2)
    with pytest.raises(Refusal, match="at most 2"):
        ofac()
    monkeypatch.setattr(reading, "MOST_BYTES", 100)
    with pytest.raises(Refusal, match="at most 100"):
        ofac()


@pytest.mark.skipif(not REAL.is_dir(), reason="the real list is not beside the repository")
def test_the_real_files_are_read() -> None:
    files = {name: (REAL / name).read_bytes() for name in reading.OFAC_FILES}
    found = read(files, Form.OFAC, Columns())
    by_key = {entry.key: entry for entry in found.entries}
    assert len(by_key) == 17
    assert by_key["10278"].names == ("LOGAN MOREY, Elvis Angus", "BURTON BURGESS")
    assert "HAVA PEYMA SAZI-E IRAN" in by_key["11195"].names
    assert by_key["48603"].facts["nationalities"] == ["Russia"]
    # Rows of the cut that belong to entries which it has left out.
    assert {one.code for one in found.refused} == {"unknown_entry"}
