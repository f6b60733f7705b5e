"""What GitHub and editors read of the repository: it parses, and names what exists."""

import json
import re

import pytest
import yaml

from infra.repository import ROOT

GITHUB = ROOT / ".github"
FORMS = sorted((GITHUB / "ISSUE_TEMPLATE").glob("*.yml"))
TEAM = re.compile(r"@[\w-]+/[\w-]+")


def parsed(path):
    return yaml.safe_load(path.read_text("utf-8"))


def owners():
    """Return (pattern, owner) of each line of CODEOWNERS."""
    lines = (GITHUB / "CODEOWNERS").read_text("utf-8").splitlines()
    return [tuple(line.split()) for line in lines if line and not line.startswith("#")]


class TestCodeOwners:
    def test_first_line_covers_every_file(self):
        assert owners()[0][0] == "*"

    @pytest.mark.parametrize("pattern", [pattern for pattern, _ in owners()[1:]])
    def test_each_path_exists(self, pattern):
        assert (ROOT / pattern.lstrip("/")).exists()

    def test_each_line_names_a_team(self):
        assert all(TEAM.fullmatch(owner) for _, owner in owners())


class TestPlaceholders:
    def test_are_where_the_maintainers_page_says(self):
        """Once one is filled in, its row goes too."""
        page = (ROOT / "MAINTAINERS.md").read_text("utf-8")
        rows = re.findall(r"^\| (`.+?) \| (?:`|\")(.+?)(?:`|\") \|", page, re.M)
        assert len(rows) == 4
        for files, said in rows:
            for name in re.findall(r"`([^`]+)`", files):
                assert said in (ROOT / name).read_text("utf-8"), (name, said)


class TestIssueTemplates:
    @pytest.mark.parametrize(
        "form", [f for f in FORMS if f.name != "config.yml"], ids=lambda form: form.stem
    )
    def test_form_has_what_github_needs(self, form):
        assert {"name", "description", "body"} <= parsed(form).keys()

    def test_chooser_leads_to_the_security_page(self):
        (link,) = parsed(GITHUB / "ISSUE_TEMPLATE/config.yml")["contact_links"]
        assert link["url"].startswith("https://github.com/")
        assert link["url"].endswith("/security/policy")
        assert (ROOT / "SECURITY.md").is_file()


class TestAutomation:
    def test_workflow_runs_what_a_contributor_runs(self):
        (job,) = parsed(GITHUB / "workflows/ci.yml")["jobs"].values()
        assert "bash .ci/run" in [step.get("run") for step in job["steps"]]
        assert (ROOT / ".ci/run").is_file()

    def test_workflow_has_the_last_releases_history(self):
        (job,) = parsed(GITHUB / "workflows/ci.yml")["jobs"].values()
        (checkout,) = [step["with"] for step in job["steps"] if "checkout" in step.get("uses", "")]
        assert checkout["fetch-depth"] == 0

    def test_dependabot_watches_the_workflow(self):
        updates = parsed(GITHUB / "dependabot.yml")["updates"]
        assert [one["package-ecosystem"] for one in updates] == ["github-actions"]

    def test_devcontainer_sets_the_tools_up(self):
        container = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text("utf-8"))
        assert container["postCreateCommand"] == "make setup"

    def test_hooks_use_the_pinned_tools(self):
        (local,) = parsed(ROOT / ".pre-commit-config.yaml")["repos"]
        assert local["repo"] == "local"
        assert all(hook["entry"].startswith(".venv/bin/") for hook in local["hooks"])

    @pytest.mark.parametrize("name", ["types", "template", "imports", "settings", "english"])
    def test_hook_checks_what_make_check_does(self, name):
        (local,) = parsed(ROOT / ".pre-commit-config.yaml")["repos"]
        (entry,) = [hook["entry"] for hook in local["hooks"] if hook["id"] == name]
        assert entry.replace(".venv/bin", "$(BIN)") in (ROOT / "Makefile").read_text("utf-8")
