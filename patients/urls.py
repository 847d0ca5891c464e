"""Pages and endpoints."""

from django.urls import URLPattern

pages: list[URLPattern] = []
endpoints: list[URLPattern] = []
