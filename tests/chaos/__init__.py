"""`make chaos`: the deployed template under faults, judged by a model that knows no product."""
