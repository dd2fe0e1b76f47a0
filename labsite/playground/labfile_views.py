"""Keeping a lab as one file, and opening such a file."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from engine.errors import EngineError
from labsite.playground import labfile
from labsite.playground.views import own_bench
from labsite.web.errors import Trouble, trouble
from labsite.web.templatetags.lab import bytes_human
from labsite.workspaces import visitors
from labsite.workspaces.models import Workspace


@require_safe
@own_bench
def keep(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """The lab as it is now, as a file."""
    try:
        data = labfile.export(workspace)
    except labfile.TooLarge:
        said = Trouble(
            _("It cannot be exported"),
            _("This lab is too large to be kept as one file."),
            _("Remove images or containers you no longer need, then try again."),
        )
        return trouble(request, 422, said)
    headers = {"Content-Disposition": 'attachment; filename="lab.layerlab"', "Cache-Control": "no-store"}
    return HttpResponse(data, content_type="application/octet-stream", headers=headers)


@require_POST
def bring(request: HttpRequest) -> HttpResponse:
    """A lab file becomes a new lab of the asking visitor."""
    upload = request.FILES.get("lab")
    if upload is None:
        return _refused(request, _("No file was chosen."))
    if upload.size is None or upload.size > labfile.LARGEST_FILE:
        return _refused(
            request, _("A lab file may have at most %(size)s.") % {"size": bytes_human(labfile.LARGEST_FILE)}
        )
    try:
        parcel = labfile.unpack(upload.read())
        workspace, whole = labfile.open_parcel(visitors.ensure_visitor(request), parcel)
    except labfile.NoLabFile as wrong:
        damaged = _("It is damaged: what it holds is not what it says.")
        return _refused(request, damaged if wrong.damaged else _("It is not of the form this site writes."))
    except EngineError:
        return _refused(request, _("It is damaged: what it holds is not what it says."))
    if whole:
        messages.info(request, _("The lab is open, as it was when it was exported."))
    else:
        messages.warning(
            request,
            _(
                "Only its project files were taken over: it was made on another site, so its images could "
                "not be trusted. Build again to have them."
            ),
        )
    return HttpResponseRedirect(reverse("bench", args=[workspace.key]))


def _refused(request: HttpRequest, why: str) -> HttpResponse:
    said = Trouble(
        _("That is no lab file"), why, _("Export one from a lab’s menu, and choose that file here.")
    )
    return trouble(request, 422, said)
