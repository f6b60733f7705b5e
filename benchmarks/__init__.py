"""`make bench`: what Aviso costs in calls, bytes and processor time, beside what others use."""
