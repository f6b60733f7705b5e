"""The agent's settings file: what it means, and a sentence with line and key for each mistake."""

import re
from datetime import timedelta

import pytest

from aviso_agent.failures import AgentError
from aviso_agent.settings import read_settings, url_with_password
from infra.repository import ROOT

README = ROOT / "infra/agent/README.md"


def example(tmp_path):
    """Return the example of the README, with a state file that the test may write."""
    text = re.search(r"```yaml\n(.*?)```", README.read_text("utf-8"), re.DOTALL)[1]
    return text.replace("/var/lib/aviso-agent", str(tmp_path))


@pytest.fixture
def read(tmp_path):
    def read_changed(old="", new=""):
        text = example(tmp_path)
        assert old in text
        file = tmp_path / "agent.yaml"
        file.write_text(text.replace(old, new, 1) if old else text, "utf-8")
        return read_settings(file)

    return read_changed


class TestReadSettings:
    def test_example_of_the_readme_is_right(self, read):
        found = read()
        assert [query.kind for query in found.queries] == ["people", "cases", "arrests"]
        assert found.url.drivername == "mssql+pyodbc"
        assert found.every == timedelta(minutes=5)
        assert found.form == "csv"
        assert found.queries[0].key == ("INCIDENT_NUM", "NAME_ID", "INVL_TYPE")

    @pytest.mark.parametrize(
        ("old", "new", "sentence"),
        [
            ("every: 5 minutes", "every: 5", r"line \d+: every must be a time such as"),
            ("every: 5 minutes", "evry: 5 minutes", r"line \d+: evry is unknown here; known are"),
            ("format: csv", "form: csv", r"line \d+: form is unknown here; known are bucket,"),
            ("format: csv", "format: xml", r"line \d+: format must be csv or ndjson"),
            ("America/Phoenix", "Phoenix", r"line \d+: time_zone must be a time zone such as"),
            ("mssql+pyodbc", "sqlite", r"database\.url is refused: the agent knows mssql"),
            ("://records-db", "://a:secret@records-db", "url is refused: a password must not be"),
            ("&Application", "&PWD=secret&Application", "url is refused: a password must not be"),
            ("&Application", "&passwd=secret&App", "url is refused: a password must not be"),
            ("&Application", "&odbc_connect=A%3Db%3BPwd+%3D+secret%3B", "a password must not be"),
            ("mssql+pyodbc://records-db/RMS?driver=ODBC+Driver+18+for+SQL+Server",
             "postgresql://records-db/RMS?sslpassword=secret", "a password must not be"),
            ("Encrypt=yes&", "", r"\.url must encrypt: add Encrypt=yes to it, or write `tls: n"),
            ("Encrypt=yes", "Encrypt=no", r"database\.url must encrypt: add Encrypt=yes"),
            ("mssql+pyodbc", "postgresql", r"database\.url must encrypt: add sslmode=require"),
            ("mssql+pyodbc", "mysql", r"database\.url must encrypt: add ssl_ca=<file of the"),
            ("mssql+pyodbc", "oracle", r"database\.url must encrypt: add config_dir=<folder of"),
            ("  user: aviso", "  tls: no\n  user: aviso", r"\.tls must be required or none"),
            ("://records-db", "/records-db", r"database\.url must be an address such as"),
            ("region: us-west-2", "region: west", r"bucket\.region must be a region"),
            ("  account: ", "  acount: ", r"bucket\.account is missing; it must be the account's"),
            ("place: LAST_UPD", "plaice: LAST_UPD", r"queries\.people\.place is missing"),
            ("    key: [INC", "    key: INC  # [INC", r"queries\.people\.key must be the list"),
            ("people:\n", "persons:\n", r"queries\.persons is unknown here; known are arrests"),
            ("SELECT", "DELETE", r"queries\.people\.sql is refused: a query must begin with"),
            ("place: LAST_UPD", "place: A\n    rowversion: B", "and `place` are both there"),
            ("env: AVISO_DB_PASSWORD", "{}", r"database\.password must be one of `env"),
            ("env: AVISO_DB_PASSWORD", "file: x", r"database\.password\.file is unknown"),
            ("every: 5 minutes", "every: 5 minutes\nevery: 6 minutes", "every is there twice"),
            ("every: 5 minutes", "every: [", r"line \d+: this is not YAML"),
            ("state: ", "state: /no/such", "state must be the path of a file in a folder that"),
        ],
    )  # fmt: skip
    def test_a_mistake_is_a_sentence(self, read, old, new, sentence):
        with pytest.raises(AgentError, match=sentence) as caught:
            read(old, new)
        assert "secret" not in str(caught.value)
        assert "agent.yaml, line " in str(caught.value)

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("Encrypt=yes&", "odbc_connect=Server%3Ddb%3BEncrypt+%3D+Strict%3B&"),
            ("mssql+pyodbc://records-db/RMS?", "postgresql://db/RMS?sslmode=verify-full&"),
            ("mssql+pyodbc://records-db/RMS?", "mysql://db/RMS?ssl_ca=/etc/ca.pem&"),
            ("mssql+pyodbc://records-db/RMS?", "oracle://records?config_dir=/etc/oracle&"),
            ("Encrypt=yes&ApplicationIntent=ReadOnly", "Encrypt=no\n  tls: none"),
        ],
    )
    def test_an_address_with_tls_or_none_on_purpose_is_right(self, read, old, new):
        assert read(old, new).url

    def test_the_line_is_that_of_the_mistake(self, read, tmp_path):
        lines = example(tmp_path).splitlines()
        (number,) = (i for i, line in enumerate(lines, 1) if line.startswith("every:"))
        with pytest.raises(AgentError, match=rf"line {number}: every must"):
            read("every: 5 minutes", "every: often")

    def test_an_empty_and_a_missing_file_are_sentences(self, tmp_path):
        with pytest.raises(AgentError, match="cannot be read"):
            read_settings(tmp_path / "none.yaml")
        (tmp_path / "empty.yaml").write_text("", "utf-8")
        with pytest.raises(AgentError, match="is empty"):
            read_settings(tmp_path / "empty.yaml")

    def test_a_rowversion_is_taken_for_sql_server(self, read):
        last = "LAST_UPD\n    key: [INCIDENT_NUM]"
        assert read(f"place: {last}", f"rowversion: {last}").queries[1].is_rowversion

    def test_a_rowversion_has_no_start(self, read):
        with pytest.raises(AgentError, match="start is a time, and a rowversion has none"):
            read("place: LAST_UPD", "rowversion: RV")

    def test_a_rowversion_of_postgresql_is_refused(self, tmp_path):
        text = example(tmp_path).replace("mssql+pyodbc", "postgresql")
        text = text.replace("Encrypt=yes", "sslmode=require")
        file = tmp_path / "agent.yaml"
        file.write_text(text.replace("place: LAST_UPD", "rowversion: RV", 1), "utf-8")
        with pytest.raises(AgentError, match="rowversion is only for SQL Server"):
            read_settings(file)


class TestPassword:
    def test_it_comes_from_the_environment(self, read, monkeypatch):
        monkeypatch.setenv("AVISO_DB_PASSWORD", "a b/c")
        assert url_with_password(read()).password == "a b/c"

    def test_a_missing_one_is_a_sentence(self, read, monkeypatch):
        monkeypatch.delenv("AVISO_DB_PASSWORD", raising=False)
        with pytest.raises(AgentError, match="not in the env entry AVISO_DB_PASSWORD"):
            url_with_password(read())

    def test_it_comes_from_the_keyring(self, read, monkeypatch):
        class Keyring:
            @staticmethod
            def get_password(service, user):
                return f"of {service} for {user}"

        monkeypatch.setitem(__import__("sys").modules, "keyring", Keyring)
        settings = read("env: AVISO_DB_PASSWORD", "keyring: aviso")
        assert url_with_password(settings).password == "of aviso for aviso_reader"

    def test_none_is_needed_for_integrated_sign_in(self, read):
        settings = read("  password:\n    env: AVISO_DB_PASSWORD   # or  keyring: <service>\n", "")
        assert url_with_password(settings).password is None
