"""Values and pure rules: no table, no AWS, no clock."""
