"""The laptop stack: the deployable template on local AWS, with IAM enforced."""
