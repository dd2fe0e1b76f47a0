"""The playground's addresses."""

from django.urls import path, re_path

from labsite.playground import labfile_views, reference, sidebyside, views, whatif_views

urlpatterns = [
    path("", views.start, name="start"),
    path("lab/", views.latest, name="latest"),
    path("lab/new/", views.new, name="new"),
    path("lab/import/", labfile_views.bring, name="lab-import"),
    path("lab/<slug:key>/", views.bench, name="bench"),
    path("lab/<slug:key>/run/", views.run, name="bench-run"),
    re_path(r"^lab/(?P<key>[-\w]+)/press/(?P<stroke>interrupt|end)/$", views.press, name="bench-press"),
    path("lab/<slug:key>/build/", views.build, name="bench-build"),
    path("lab/<slug:key>/complete/", views.complete, name="bench-complete"),
    path("lab/<slug:key>/output/<int:number>/", views.output, name="bench-output"),
    path("lab/<slug:key>/save/", views.save, name="bench-save"),
    path("lab/<slug:key>/files/", views.files, name="bench-files"),
    path("lab/<slug:key>/undo/", views.undo, name="bench-undo"),
    path("lab/<slug:key>/redo/", views.redo, name="bench-redo"),
    path("lab/<slug:key>/jump/", views.jump, name="bench-jump"),
    path("lab/<slug:key>/name/", views.name, name="bench-name"),
    path("lab/<slug:key>/builder/", views.builder, name="bench-builder"),
    path("lab/<slug:key>/clock/", views.clock, name="bench-clock"),
    path("lab/<slug:key>/rename/", views.rename, name="bench-rename"),
    path("lab/<slug:key>/fork/", views.fork, name="bench-fork"),
    path("lab/<slug:key>/share/", views.share, name="bench-share"),
    re_path(r"^lab/(?P<key>[-\w]+)/diagram/(?P<file_format>svg|dot)/$", views.diagram, name="bench-diagram"),
    re_path(
        r"^look/(?P<key>[-\w]+)/diagram/(?P<file_format>svg|dot)/$", views.share_diagram, name="share-diagram"
    ),
    path("lab/<slug:key>/take-home.zip", views.take_home, name="bench-take-home"),
    path("lab/<slug:key>/lab-file/", labfile_views.keep, name="bench-lab-file"),
    path("lab/<slug:key>/whatif/", whatif_views.whatif, name="bench-whatif"),
    path("lab/<slug:key>/whatif/clock/", whatif_views.pass_time, name="bench-whatif-clock"),
    path("lab/<slug:key>/compare/", sidebyside.choose, name="bench-compare"),
    path("compare/<slug:first>/<slug:second>/", sidebyside.page, name="compare"),
    path("commands/", reference.page, name="commands"),
    path("look/<slug:key>/", views.share_page, name="share"),
    path("look/<slug:key>/embed/", views.embed, name="embed"),
    path("look/<slug:key>/fork/", views.fork_share, name="share-fork"),
    path("mine/<str:token>/", views.private_link, name="private-link"),
]
