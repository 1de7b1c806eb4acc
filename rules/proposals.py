"""What the review of objections offers, as rows of `directory.csv` for the keeper of the rules to paste."""

import csv
import io

from domain.facts.dispatch import DirectoryProposal
from rules.tables import ANY, DirectoryRow

COLUMNS = tuple(name for name in DirectoryRow.model_fields if name != "origin")
"""The columns of `directory.csv`."""


def csv_row(proposal: DirectoryProposal) -> str:
    """Return `proposal` as a line of `directory.csv`, without its end; who pastes it completes the basis."""
    place = proposal.place.town or proposal.place.district or ANY
    values = {
        "matter": proposal.matter.code,
        "place": place,
        "lead": proposal.lead.code,
        "mode": "direct",
        "legal_basis": proposal.basis_code or proposal.legal_basis,
        "source": f"default:派单异议审核 {proposal.number},原为 {proposal.instead_of.code} ({proposal.row})",
    }
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([values.get(name, "") for name in COLUMNS])
    return out.getvalue()
