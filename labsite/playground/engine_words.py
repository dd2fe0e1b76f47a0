"""The engine's own sentences in the reader's language.

Docker's words stay as they are; what the engine says in its own (why a step runs again, what our checks
find) is a Sentence, whose template is translated here. The list makes the templates known to makemessages;
a test keeps it complete.
"""

from django.utils.translation import gettext, gettext_noop

from engine.wording import Sentence, Sentences

TEMPLATES = (
    gettext_noop("line %(line)d (%(step)s) has to run, and every step after it builds upon its result"),
    gettext_noop("the cache is not looked at because of --no-cache"),
    gettext_noop("it cannot be carried out: %(why)s"),
    gettext_noop("the base image is not the one it was built on before"),
    gettext_noop("it was built before, but after other steps than the ones now above it"),
    gettext_noop("it is a new step: it was put in before one that was built"),
    gettext_noop("it was never built on this machine"),
    gettext_noop("the command changed; before it was: %(before)s"),
    gettext_noop("the line changed; before it was: %(before)s"),
    gettext_noop("what it copies changed"),
    gettext_noop("the environment variables are in another order"),
    gettext_noop("the user changed from %(old)s to %(new)s"),
    gettext_noop("the working directory changed from %(old)s to %(new)s"),
    gettext_noop('build argument %(name)s is new (it is "%(new)s"), and every RUN after it depends on it'),
    gettext_noop("build argument %(name)s is gone, and every RUN after it depended on it"),
    gettext_noop(
        'build argument %(name)s changed from "%(old)s" to "%(new)s", and every RUN after it depends on it'
    ),
    gettext_noop('variable %(name)s is new (it is "%(new)s"), and every RUN after it depends on it'),
    gettext_noop("variable %(name)s is gone, and every RUN after it depended on it"),
    gettext_noop(
        'variable %(name)s changed from "%(old)s" to "%(new)s", and every RUN after it depends on it'
    ),
    gettext_noop("%(path)s was added"),
    gettext_noop("%(path)s was removed"),
    gettext_noop("the content of %(path)s changed"),
    gettext_noop("the permissions of %(path)s changed"),
    gettext_noop("the owner of %(path)s changed"),
    gettext_noop("%(path)s became something else"),
    gettext_noop("%(count)d more paths changed"),
    gettext_noop(
        "Everything is copied before '%(command)s' in line %(line)d: a change of any file installs the "
        "dependencies again (%(advice)s)"
    ),
    gettext_noop("copy %(manifest)s first"),
    gettext_noop("install them before this step"),
    gettext_noop("%(path)s is deleted here, but the layer of line %(line)d still stores it"),
    gettext_noop("'%(command)s' stores the files copied in line %(line)d a second time: use %(instead)s"),
    gettext_noop(
        "'%(name)s update' stays cached when the packages in line %(line)d change: use "
        "'%(name)s update && %(name)s %(install)s' in one RUN"
    ),
    gettext_noop("The files in %(path)s stay in this layer: %(advice)s"),
    gettext_noop("end the step with '%(command)s'"),
    gettext_noop("use '%(command)s'"),
    gettext_noop(
        "'%(name)s' can be read from this layer by everyone who has the image, even if a later step deletes "
        "it (use RUN --mount=type=secret)"
    ),
    gettext_noop(
        "The value of %(name)s looks like a token; it stays in the history of the image "
        "(use RUN --mount=type=secret)"
    ),
    gettext_noop("'%(instruction)s' copies the whole build context, as there is no .dockerignore"),
)


def localised(text: str) -> str:
    """``text`` in the reader's language when it is one of the engine's own sentences, else as it is."""
    if isinstance(text, Sentences):
        return text.separator.join(localised(part) for part in text.parts)
    if isinstance(text, Sentence):
        values = {
            name: localised(value) if isinstance(value, str) else value for name, value in text.values.items()
        }
        return gettext(text.template) % values
    return text
