"""How every form looks: labels, hints, errors and a summary, in `templates/django/forms`."""

from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Renders forms with the project's templates; `{{ form }}` starts with a summary of what is wrong."""

    form_template_name = "django/forms/form.html"
    field_template_name = "django/forms/field.html"
