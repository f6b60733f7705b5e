"""SNS, SES and Cognito: calls go out, events come in."""
