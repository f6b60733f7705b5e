"""The dashboard's counters: what a row counts as, counting it once, sealing days, the figures.

`facts` is the one place that says what counts; the stream's reader (`counting`) and the recount
both ask it, so that a counter and its source rows can be held against each other (promise 3).
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
