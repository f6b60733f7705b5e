"""SNS, SES and Cognito: outgoing calls and incoming events."""
