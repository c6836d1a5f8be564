"""What the pages of one reader share: the library, the language, the collection and the way answers are made."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st

from app.error_words import error_text
from app.mistakes import exit_code
from app.page_text import label_text
from app.page_words import PageVoice
from app.rights import OF_LIBRARY, Caller, Verb, allowed
from app.rights_library import Ask, local
from app.settings import Settings
from app.wiring import Library
from app.words import LANGUAGE_COOKIE, Language, language_of
from generation.types import EXTRACTIVE

LANGUAGES: dict[Language, str] = {"zh": "中文", "en": "English"}
_A_YEAR = 365 * 24 * 3600  # seconds
_MESSAGE_LIMIT = 600  # characters of an error shown


def _key(settings: Settings) -> str:
    """All values, the secret ones too, as a hash: another key is another library."""
    shown = f"{settings.model_dump_json()}{settings.model_key.get_secret_value()}"
    return hashlib.sha256(shown.encode()).hexdigest()


@st.cache_resource(hash_funcs={Settings: _key}, show_spinner=False)
def open_library(settings: Settings) -> Library:
    """The library of these settings, opened once for all readers. Raises LibraryUnusable."""
    return Library(settings)


@dataclass(frozen=True, slots=True)
class Room:
    """What a page is given: the library as its reader may use it, the reader's voice and who that is.

    ``library`` refuses by itself what the reader may not do (``app.rights_library``); ``may`` is for what is shown.
    """

    library: Library
    voice: PageVoice
    ask: Ask = local

    @property
    def caller(self) -> Caller | None:
        """Who the reader is, with the rights of this moment; None when the sign-in has ended."""
        return self.ask()

    def may(self, verb: Verb, collection: str | None = None) -> bool:
        """Whether the reader may do this; to the chosen collection where the verb is about one and none is named."""
        about = collection if collection is not None or verb in OF_LIBRARY else self.collection
        return allowed(self.caller, verb, about)

    def path(self, path: str) -> str:
        """A path as the reader may see it: folders of the server are for administrators, others see the file's name."""
        return path if self.may(Verb.FOLDERS) else path.replace("\\", "/").rsplit("/", 1)[-1]

    @property
    def collection(self) -> str:
        """The collection that the reader chose; the configured one, or the first there is, without a choice."""
        names = self.collections()
        chosen = st.session_state.get("collection")
        for name in (chosen, self.library.settings.collection):
            if name in names:
                return str(name)
        return names[0] if names else self.library.settings.collection

    def collections(self) -> list[str]:
        """The names of the collections that the reader may read."""
        return [collection.name for collection in self.library.catalogue.collections()]

    def documents(self) -> int:
        """How many documents the reader's collection holds; 0 when there is no such collection yet."""
        return self.library.shelf(self.collection).read.counts().documents if self.collections() else 0

    @property
    def model(self) -> str:
        """The name of the chat model that the reader chose, ``extractive`` for none."""
        chosen = st.session_state.get("model")
        return str(chosen) if chosen in self.models else self.library.settings.model

    @property
    def models(self) -> tuple[str, ...]:
        """Who may write the answers: the configured chat model, the others that are offered, and nobody (quotes)."""
        settings = self.library.settings
        others = (name.strip() for name in settings.other_models.split(","))
        return tuple(dict.fromkeys((settings.model, *filter(None, others), EXTRACTIVE)))


def language(settings: Settings) -> Language:
    """The reader's language: chosen on the page, its address or here before; else the setting, else the browser's."""
    chosen = st.session_state.get("language") or st.query_params.get("lang")
    for one in (chosen, st.context.cookies.get(LANGUAGE_COOKIE)):
        if one in LANGUAGES:
            return language_of(str(one))
    if settings.language != "auto" or not st.context.locale:
        return language_of(settings.language)
    return "zh" if st.context.locale.lower().startswith("zh") else "en"


def remember_language(language: Language) -> None:
    """Let the browser remember the choice for a year, beyond this window; nothing but ``zh`` or ``en`` is written."""
    cookie = f"{LANGUAGE_COOKIE}={'zh' if language == 'zh' else 'en'};path=/;max-age={_A_YEAR};samesite=lax"
    st.html(f'<script>document.cookie = "{cookie}"</script>', unsafe_allow_javascript=True)


def name_language(language: Language) -> None:
    """Tell the browser in which language the page is, so that it is read aloud and set as that."""
    name = "zh-Hans" if language == "zh" else "en"
    rules = "<style>:lang(zh) { line-break: strict; }</style>"  # no closing mark begins a line
    script = f'<script>document.documentElement.lang = "{name}"</script>'
    st.html(f'{rules}<span class="sj-unseen"></span>{script}', unsafe_allow_javascript=True)


@contextmanager
def told(voice: PageVoice) -> Iterator[None]:
    """Show an expected error as one line on the page; a defect goes on to the log."""
    try:
        yield
    except Exception as exc:
        if exit_code(exc) is None:
            raise
        show_error(str(exc), voice)


def show_error(message: str, voice: PageVoice) -> None:
    """One clear line. The message may quote files and models, so nothing in it is interpreted."""
    st.error(
        label_text(error_text(message, voice.language) or voice("failed"), limit=_MESSAGE_LIMIT),
        icon=":material/error:",
    )
