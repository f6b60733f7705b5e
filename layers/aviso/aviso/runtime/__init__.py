"""What Lambda and AWS provide to a function: environment, clients, secrets, logs, metrics."""
