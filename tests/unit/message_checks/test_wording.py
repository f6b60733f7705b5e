"""The opening that the template names is the one that a reader sees."""

import pytest

from aviso.content.messages import Email, Letter, Sms, render
from aviso.domain.model import Channel, Kind
from aviso.domain.settings import Settings
from infra.message_checks import wording
from infra.message_checks.samples import samples


class TestOpening:
    @pytest.mark.parametrize("language", ["en", "es"])
    def test_arrest_is_recognized_in_every_form(self, language: str, settings: Settings) -> None:
        opening = wording.opening("arrest", language)
        sample = next(iter(samples(Kind.ARREST, settings)))
        sms, email, letter = (
            render(Kind.ARREST, channel, language, sample.facts, sample.settings)
            for channel in (Channel.SMS, Channel.EMAIL, Channel.LETTER)
        )
        assert isinstance(sms, Sms)
        assert isinstance(email, Email)
        assert isinstance(letter, Letter)
        assert opening.sms in sms.body
        assert opening.subject in email.subject
        assert opening.body in email.text
        assert any(part.text == opening.body for part in letter.parts)

    def test_variable_recognizes_nothing(self, tmp_path):
        folder = tmp_path / "locales/en/messages"
        folder.mkdir(parents=True)
        blocks = ("sms %}News.", "subject %}{{ agency }}", "body %}\nNews.")
        text = "".join(f"{{% block {block}{{% endblock %}}\n" for block in blocks)
        (folder / "news.txt").write_text(text)
        with pytest.raises(ValueError, match="begins with a variable"):
            wording.opening("news", "en", (tmp_path,))
