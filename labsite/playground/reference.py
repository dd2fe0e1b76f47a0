"""The reference page: every docker command of the lab, from the tables that ``--help`` is printed from."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from engine.session import docker_commands


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """All commands with their other names and flags; the same for everybody."""
    commands = [(command.path.replace(" ", "-"), command) for command in docker_commands()]
    return render(request, "playground/reference.html", {"commands": commands})
