"""From an AWS account to a running portal: `make deploy`, `aviso destroy`."""
