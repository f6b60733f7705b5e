"""The ledger at work: cases become duties, messages, receipts and follow-up."""
