"""The demos' addresses."""

from django.urls import path

from labsite.demos import views

urlpatterns = [
    path("demos/", views.index, name="demos"),
    path("demos/import/", views.import_demo, name="demo-import"),
    path("demos/<slug:demo>/start/", views.start, name="demo-start"),
    path("demos/<slug:demo>/demo.yaml", views.export, name="demo-export"),
    path("demos/<slug:demo>/handout/", views.handout, name="demo-handout"),
    path("lab/<slug:key>/record.yaml", views.record, name="demo-record"),
    path("show/<slug:key>/", views.present, name="show"),
    path("show/<slug:key>/go/", views.go, name="show-go"),
    path("show/<slug:key>/reveal/", views.reveal, name="show-reveal"),
    path("show/<slug:key>/notes/", views.notes, name="show-notes"),
    path("show/<slug:key>/tally/", views.tally, name="show-tally"),
    path("vote/", views.find_vote, name="vote-find"),
    path("vote/<slug:code>/", views.vote, name="vote"),
]
