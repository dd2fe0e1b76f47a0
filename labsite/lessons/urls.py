"""The lessons' addresses."""

from django.urls import path

from labsite.lessons import practice, views

urlpatterns = [
    path("practice/", practice.practice, name="practice"),
    path("practice/<slug:kind>/<slug:seed>/<int:level>/", practice.drill_page, name="practice-drill"),
    path("lessons/", views.course_map, name="lessons"),
    path("lessons/<slug:lesson>/start/", views.start, name="lesson-start"),
    path("lessons/<slug:lesson>/handout/", views.handout, name="lesson-handout"),
    path("lessons/<slug:key>/answer/", views.answer, name="lesson-answer"),
    path("lessons/<slug:key>/arrange/", views.arrange, name="lesson-arrange"),
    path("lessons/<slug:key>/hint/", views.hint, name="lesson-hint"),
    path("lessons/<slug:key>/solution/", views.solution, name="lesson-solution"),
    path("lessons/<slug:key>/next/", views.go_on, name="lesson-next"),
]
