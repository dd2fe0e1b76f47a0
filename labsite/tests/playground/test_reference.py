"""The reference page says what the terminal's ``--help`` says, to anybody."""

import pytest
from django.test import Client
from django.utils.html import escape

from engine.session import docker_commands


@pytest.mark.django_db
def test_every_command_stands_on_the_page(client: Client) -> None:
    page = client.get("/commands/")
    text = page.content.decode()
    assert page.status_code == 200 and not page.cookies.get("sessionid")
    for command in docker_commands():
        assert f'id="{command.path.replace(" ", "-")}"' in text
        assert f'<pre tabindex="0">{escape(command.usage)}</pre>' in text
        for option in command.options:
            assert f"<code>{escape(option.flags)}</code></dt><dd>{escape(option.help)}</dd>" in text
    assert 'href="/commands/"' in client.get("/").content.decode()


@pytest.mark.django_db
def test_the_page_is_french_around_the_commands(client: Client) -> None:
    text = client.get("/commands/", headers={"Accept-Language": "fr"}).content.decode()
    assert "Les commandes docker" in text and "Build an image from a Dockerfile" in text
