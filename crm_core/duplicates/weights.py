"""How much each agreement and disagreement weighs, as data (pure).

The model is that of Fellegi and Sunter, "A Theory for Record Linkage", Journal of the American Statistical Association
64(328), 1969, 1183-1210: for every level a comparison can come to there is the share `m` of true pairs and the share
`u` of pairs of two customers that come to it, and the evidence weighs log2(m / u) bits. Levels between "same" and
"different" are Winkler's ("String Comparator Metrics and Enhanced Decision Rules in the Fellegi-Sunter Model of Record
Linkage", Proceedings of the Section on Survey Research Methods, ASA, 1990, 354-359).

`u` is meant among pairs that share a block: neighbours, families, successive owners. That is why a common telephone
weighs little and a different given name weighs much: whole families share a telephone and a flat, but not a name.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from math import log2


class Feature(StrEnum):
    """What is compared."""

    NAME = "name"
    PHONE = "phone"
    ADDRESS = "address"
    EMAIL = "email"
    TAX_NUMBER = "tax_number"
    BORN_ON = "born_on"


class Level(StrEnum):
    """What a comparison can come to; one that cannot be made (nothing known) is no evidence."""

    SAME = "same"
    NEAR = "near"
    """One letter differs in one word or in several."""
    SHORTER = "shorter"
    """All that is said agrees, one says less: no patronymic, initials, no flat."""
    NEW_SURNAME = "new_surname"
    """A woman's given name and patronymic agree, the surname does not."""
    OTHER_FATHER = "other_father"
    """Surname and given name agree, patronymics do not: father and son."""
    OTHER_GIVEN = "other_given"
    """Given names differ: man and wife, brother and sister."""
    SAME_HOUSE = "same_house"
    """Another flat of the same house."""
    DIFFERENT = "different"


SHARES: Mapping[tuple[Feature, Level], tuple[float, float]] = {
    (Feature.NAME, Level.SAME): (0.55, 0.0020),
    (Feature.NAME, Level.NEAR): (0.20, 0.0030),
    (Feature.NAME, Level.SHORTER): (0.17, 0.0100),
    (Feature.NAME, Level.NEW_SURNAME): (0.04, 0.0040),
    (Feature.NAME, Level.OTHER_FATHER): (0.003, 0.0800),
    (Feature.NAME, Level.OTHER_GIVEN): (0.003, 0.5000),
    (Feature.NAME, Level.DIFFERENT): (0.007, 0.4000),
    (Feature.PHONE, Level.SAME): (0.70, 0.1500),
    (Feature.PHONE, Level.DIFFERENT): (0.30, 0.8500),
    (Feature.ADDRESS, Level.SAME): (0.60, 0.0900),
    (Feature.ADDRESS, Level.NEAR): (0.08, 0.0200),
    (Feature.ADDRESS, Level.SHORTER): (0.05, 0.0200),
    (Feature.ADDRESS, Level.SAME_HOUSE): (0.01, 0.1500),
    (Feature.ADDRESS, Level.DIFFERENT): (0.26, 0.7200),
    (Feature.EMAIL, Level.SAME): (0.60, 0.0300),
    (Feature.EMAIL, Level.DIFFERENT): (0.40, 0.9700),
    (Feature.TAX_NUMBER, Level.SAME): (0.999, 0.0001),
    (Feature.BORN_ON, Level.SAME): (0.999, 0.0040),
}
"""(m, u) by feature and level. A different tax number or birthday is no weight but a veto."""
WEIGHTS: Mapping[tuple[Feature, Level], float] = {level: log2(m / u) for level, (m, u) in SHARES.items()}
"""Bits of evidence."""
THRESHOLD = 4.0
"""Bits from which on a pair is shown to a person."""
SURE = 8.0
"""Bits from which on a pair is called a sure one on the page; a person decides all the same."""
