"""What Lambda and AWS give a function: environment, clients, secrets, logs, metrics."""
