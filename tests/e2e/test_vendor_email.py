"""The vendor's email about a file's mistakes, under the import's own role."""

from infra.local.stack import PATIENCE, LocalAws, wait_for

KEY = "incoming/vendor_sends_a_file_of_no_known_name.txt"
VENDOR = "records-vendor@example.org"  # of the sample agency


class TestVendorEmail:
    def test_a_refused_file_is_told_to_the_vendor(self, deployed: LocalAws):
        s3, bucket = deployed.client("s3"), deployed.outputs["FeedBucket"]
        s3.put_object(Bucket=bucket, Key=KEY, Body=b"x")
        wait_for(lambda: about_the_file(deployed), PATIENCE, "the email to the vendor")
        s3.put_object(Bucket=bucket, Key=KEY, Body=b"y")
        deployed.wait_until_quiet()
        assert len(about_the_file(deployed)) == 1


def about_the_file(aws: LocalAws) -> list[str]:
    found = [email for email in aws.sent_emails() if VENDOR in email.to]
    return [email.text for email in found if f"{KEY}: Nothing was imported" in email.text]
