"""From an AWS account to a running portal: `make deploy`, `make destroy`."""
