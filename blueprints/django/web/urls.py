"""Every route on one screen."""

from django.urls import path

from web import views

urlpatterns = [path("", views.greet), path("health", views.health)]
