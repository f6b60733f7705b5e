"""The dashboard's counters: what a row counts as, counting it once, sealing days, the figures.

Only `counted_facts.facts` decides what counts. The stream's reader (`counting`) and the recount
both use it, so that a counter can be compared with its source rows (promise 3).
"""

from aviso.reporting.counting import count_record
from aviso.reporting.figures import FIGURES, Dimension, Figure, Figures, Value, read
from aviso.reporting.sealing import seal_days

__all__ = [
    "FIGURES",
    "Dimension",
    "Figure",
    "Figures",
    "Value",
    "count_record",
    "read",
    "seal_days",
]
