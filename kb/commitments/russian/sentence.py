"""The parts of a Russian sentence: who is to act, to whom it goes, when, and what; and the act that they make."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from kb.commitments.clause import Act, Frame, Phrase, cut_after_time, how_often, trim, trim_edges
from kb.commitments.dates import Time
from kb.commitments.lexicons import Entry, lexicon
from kb.commitments.model import Strength
from kb.commitments.morphology import readings
from kb.commitments.russian.phrases import adjunct_at, closing_mark, coordinated, head_of, is_animate, noun_phrase
from kb.commitments.russian.scope import condition_times, contrasts, opening_condition
from kb.commitments.russian.tokens import (
    CASED,
    CONJUNCTIONS,
    ROMAN,
    SUBORDINATE,
    Token,
    fits,
    is_abbreviation,
    is_finite,
    tokens_of,
    vocabulary,
)
from kb.commitments.russian.verbs import Head

__all__ = ["Sentence"]

# how long, and what for: after an object and none of it
_TAIL: Final = re.compile(
    r",?\s+(?:(?:сроком\s+на|на\s+срок)\s+(?:\w+\s+){1,3}?|на\s+(?:\d{1,2}|од\w+|дв\w+|тр\w+|четыре|пять|шесть)\s+)(?:год|года|лет|месяц|месяца|месяцев)$"
    r"|,?\s+(?:для|на|к)\s+(?:\w+\s+)?(?:рассмотрени[юея]|утверждени[юея]|одобрени[юея]|сведени[юея]|согласовани[юея]"
    r"|обсуждени[юея]|исполнени[юея])$",
    re.IGNORECASE,
)


class Sentence:
    """One sentence as its tokens, with the acts found in it so far."""

    def __init__(self, text: str, start: int, end: int, found: Sequence[Time], frame: Frame | None) -> None:
        self.text = text
        self.start, self.end = trim(text, start, end)
        self.end = max(self.end, self.start)
        tokens = tokens_of(text, start, end, found)
        self.found = found
        self.denied: list[tuple[int, int]] = []  # the words of «не X, а …»
        self.tokens = self.said_of_act(tokens)
        self.frame = frame
        self.acts: list[Act] = []
        self.handed: Frame | None = None
        self.fronted: list[Time] = []
        self.said: Phrase | None = None  # the subject of the sentence's first verb
        self.finite_only = False
        self.sets_nothing = False  # the sentence releases, forbids or tells: what it opens is nobody's act

    def said_of_act(self, tokens: list[Token]) -> list[Token]:
        """The tokens without an opening condition and without what is denied: «не Администрации, а Комитету»."""
        cut = [(0, opening_condition(tokens)), *contrasts(tokens)]
        self.denied = [(tokens[first].start, tokens[last - 1].end) for first, last in cut[1:]]
        left = [t for n, t in enumerate(tokens) if not any(first <= n < last for first, last in cut)]
        dropped = condition_times(tokens, self.found)
        kept = [t for t in self.found if t not in dropped and any(t.start <= w.start < t.end for w in left)]
        self.found = kept
        return left

    def ends_open(self, end: int) -> bool:
        """Whether the sentence goes on in items: it ends in a colon."""
        return end == len(self.tokens) and bool(self.tokens) and self.tokens[-1].text == ":"

    def times_between(self, start: int, end: int) -> list[Time]:
        if start >= end:
            return []
        first, last = self.tokens[start].start, self.tokens[end - 1].end
        return [time for time in self.found if first <= time.start < last]

    def deadlines(self, start: int, end: int) -> list[Time]:
        return [time for time in self.times_between(start, end) if not time.kind]

    def rest(self, at: int, end: int) -> tuple[int, int] | None:
        """The words from token `at` to `end` without times, marks and conjunctions at the edges; None for none."""
        if at >= end:
            return None
        taken = [(t.start, t.end) for t in self.tokens[at:end] if t.time]
        return trim_edges(self.text, self.tokens[at].start, self.tokens[end - 1].end, taken)

    def strong_boundary(self, at: int) -> bool:
        """Whether a comma, semicolon or «а также» stands here, not a bare «и»."""
        token = self.tokens[at] if at < len(self.tokens) else None
        return token is not None and (token.text in (",", ";") or token.low == "а")

    def boundary(self, at: int) -> int:
        """Index of the conjunction or mark right before a verb, adverbs, times and a dative skipped; `at` for none."""
        n = at - 1
        while n >= 0:
            token = self.tokens[n]
            if token.low in CONJUNCTIONS or token.text in (",", ";", ":"):
                break
            if (
                token.time
                or token.low in vocabulary().adverbs
                or (token.has("ADVB") and not token.has("NOUN"))
                or token.low == "не"
            ):
                n -= 1
                continue
            if fits(token, "ablt", "NOUN") and n >= 1:
                k = n - 1
                while k > 0 and fits(self.tokens[k], "ablt", "ADJF"):
                    k -= 1
                if self.tokens[k].low in ("с", "со"):
                    n = k - 1
                    continue
            return self.boundary_of_phrase(at)
        if n < 0:
            return at
        if n == self.before_time(n) < at - 1 or (self.tokens[n].text == "," and n and self.tokens[n - 1].time):
            phrase = self.boundary_of_phrase(at) if self.before_time(n) == n else at
            if phrase != at:
                return phrase
        n = self.before_time(n)
        while n > 0 and (self.tokens[n - 1].low in CONJUNCTIONS or self.tokens[n - 1].text == ","):
            n -= 1
        return n

    def before_time(self, comma: int) -> int:
        """«… и ежегодно, не позднее 15 мая, обновлять»: the conjunction before the times that a comma ends, if any."""
        adverbs = vocabulary().adverbs - {"и"}
        n = comma - 1
        while n >= 0 and (self.tokens[n].time or self.tokens[n].text == "," or self.tokens[n].low in adverbs):
            n -= 1
        timed = any(token.time for token in self.tokens[n + 1 : comma])
        if self.tokens[comma].text == "," and timed and n >= 0 and self.tokens[n].low in ("и", "а"):
            return n
        return comma

    def boundary_of_phrase(self, at: int) -> int:
        """«…, а Правлению подготовить», «…, а её материалы хранить»: the mark before a dative or an object."""
        for n in range(at - 1, max(at - 12, -1), -1):
            token = self.tokens[n]
            if token.low in ("а", "и") or token.text in (";", ",", ":"):
                if n + 1 < at and self.tokens[n + 1].has("PREP") and not self.tokens[n + 1].has("NOUN"):
                    if token.low == "и" and self.only_phrases(n + 1, at):
                        return self.before_commas(n)
                elif n + 1 < at:
                    found, end = self.second_performer(n + 1, at)
                    if token.low == "а" and not (found and self.only_adverbs(end, at)):
                        found, end = coordinated(self.tokens[:at], n + 1, "accs")
                    if found and self.only_adverbs(end, at):
                        return self.before_commas(n)
                    if token.low == "и" and n + 1 < at and self.only_phrases(n + 1, at):
                        return self.before_commas(n)
                if token.text == ";":
                    return at
        return at

    def before_commas(self, n: int) -> int:
        while n > 0 and self.tokens[n - 1].text == ",":
            n -= 1
        return n

    def only_phrases(self, start: int, end: int) -> bool:
        """Whether only times, adverbs and prepositional phrases stand here: «и по её итогам определить …»."""
        n = start
        while n < end:
            token = self.tokens[n]
            if token.time or token.text == "," or token.low in vocabulary().adverbs or token.has("ADVB", "PRCL"):
                n += 1
            elif token.has("PREP"):
                n = self.after_phrase(n, end)
            elif self.tokens[n - 1].time and fits(token, "gent", *CASED):
                n = max(noun_phrase(self.tokens[:end], n, "gent"), n + 1)  # «на каждой сессии Рабочей группы»
            else:
                return False
        return True

    def second_performer(self, start: int, at: int) -> tuple[list[tuple[int, int]], int]:
        """A dative, or before a dash that stands for the directive («а Фонд – создать») an accusative."""
        dashed = self.is_dashed(at)
        for case in ("datv", "accs") if dashed else ("datv",):
            found, end = coordinated(self.tokens[:at], start, case)
            if found:
                return found, end
        return [], start

    def is_dashed(self, at: int) -> bool:
        """Whether a dash stands for the directive before this infinitive: «а Фонд – создать», «… – не допускать»."""
        before = [token for token in self.tokens[max(0, at - 2) : at] if token.low != "не"]
        return bool(before) and before[-1].text in ("–", "—")

    def only_adverbs(self, start: int, end: int) -> bool:
        n = start
        while n < end:
            token = self.tokens[n]
            if token.low in ("совместно", "вместе", "наряду") and adjunct_at(self.tokens, n):
                n = self.after_adjunct(n, end)
                continue
            if (
                token.time
                or token.text in (",", "–", "—")
                or token.low in vocabulary().adverbs
                or (token.has("ADVB", "PRCL") and not token.has("NOUN"))
            ):
                n += 1
                continue
            if adjunct_at(self.tokens, n):
                n = self.after_adjunct(n, end)
                continue
            return False
        return True

    def after_adjunct(self, at: int, end: int) -> int:
        """Index after an adjunct phrase: what follows its preposition up to a comma, a time, or a verb."""
        n = at + 1
        while n < end and not (
            self.tokens[n].text in (",", ";", ":") or self.tokens[n].has("INFN") or self.tokens[n].time
        ):
            n += 1
        return n

    def after_phrase(self, at: int, limit: int, narrow: bool = False) -> int:
        """Index after a prepositional phrase: its noun phrase, times and a comma."""
        best = at + 1
        for case in ("gent", "datv", "accs", "ablt", "loct"):
            best = max(best, noun_phrase(self.tokens[:limit], at + 1, case, commas=False, narrow=narrow))
        if best == at + 1:
            while best < limit and self.tokens[best].kind == "w" and not self.tokens[best].has("NOUN"):
                best += 1
            best = min(best + 1, limit)
        return best

    def start_of(self, n: int) -> int:
        """Where the words of a coordinated infinitive begin: «…, о результатах которой сообщить», else its boundary."""
        relative = self.relative_before(n)
        return self.boundary(n) if relative < 0 else relative

    def relative_before(self, n: int) -> int:
        """Index of the comma before a relative clause whose own verb this infinitive is, -1 where it is none."""
        for k in range(n - 1, max(n - 9, 0), -1):
            token = self.tokens[k]
            if token.text in (",", ";", ":"):
                said = self.tokens[k + 1 : n]
                joined = any(t.low.startswith("котор") or t.low in ("чём", "чем") for t in said[:4])
                return k if joined and token.text == "," and said[0].has("PREP") else -1
            if (
                token.kind == "w"
                and (token.has("INFN", "PRED") or is_finite(token))
                and not token.low.startswith("котор")
            ):
                return -1
        return -1

    def coordinated(self, at: int, end: int) -> list[int]:
        """Indices of the infinitives coordinated with the one at `at`, itself first."""
        verbs = [at]
        aspect = self.aspect(at)
        embedded: int | None = None
        below = False
        for n in range(at + 1, end):
            token = self.tokens[n]
            if token.kind == "w" and token.low in SUBORDINATE:
                below = True
            if token.text == ";":
                below, embedded = False, None
            if not token.readings or token.readings[0].pos != "INFN":
                continue
            if self.relative_before(n) >= 0:
                verbs.append(n)
                continue
            boundary = self.boundary(n)
            if boundary == n or any(self.tokens[k].low == "чтобы" for k in range(boundary, n)):
                embedded = n
                continue
            mark = self.tokens[boundary]
            if below and mark.text != ";":
                if not (
                    mark.text == ","
                    and self.aspect(n) == aspect
                    and (embedded is None or self.aspect(embedded) != aspect)
                ):
                    continue
                below = False
            if embedded is not None and mark.text not in (";",):
                same_as_embedded = self.aspect(n) == self.aspect(embedded)
                if same_as_embedded and (self.aspect(n) != aspect or (mark.text != "," and mark.low != "а")):
                    embedded = n
                    continue
                if not same_as_embedded and self.aspect(n) != aspect:
                    continue
            embedded = None
            verbs.append(n)
        return verbs

    def aspect(self, n: int) -> str:
        return self.tokens[n].readings[0].aspect

    def followed_by_k(self, at: int) -> bool:
        return at < len(self.tokens) and self.tokens[at].low in ("к", "ко", "о", "об", "на", "в")

    def companion_end(self, at: int, limit: int, entry: Entry) -> int:
        """Index after «с просьбой» and the like, where it stands right here."""
        for n in range(at, min(at + 5, limit)):
            if entry.words and self.tokens[n].lemmas() & set(entry.words):
                return n + 1
        return at

    def governed(self, at: int, end: int) -> int:
        """Index of the first infinitive from `at` on that the directive governs; `end` for none."""
        below = False
        for n in range(at, end):
            token = self.tokens[n]
            if token.low in SUBORDINATE:
                below = True
            if token.text in (",", ";") and below:
                below = False
            if not below and token.readings and token.readings[0].pos == "INFN":
                previous = self.tokens[n - 1]
                if previous.has("NOUN") and not self.reaches(at, n):
                    return end
                return n
        return end

    def reaches(self, at: int, n: int) -> bool:
        """Whether only adverbs, times, adjuncts and datives stand between the performers and this infinitive."""
        if self.only_adverbs(at, n) or n - at <= 1:
            return True
        if any(t.text == ":" for t in self.tokens[at:n]):
            return True
        found, after = coordinated(self.tokens[:n], at, "datv")
        if found and self.only_adverbs(after, n):
            return True
        # an object that the infinitive governs from behind
        return any(
            adjunct_at(self.tokens, k) or self.tokens[k].time or self.tokens[k].text == "," for k in range(at, n)
        ) or not any(fits(t, "accs", "NOUN") for t in self.tokens[at:n])

    def only_companions(self, at: int, end: int, entry: Entry) -> bool:
        left = [t for t in self.tokens[at:end] if t.kind == "w" and not t.time and not t.has("PREP")]
        return all(
            t.lemmas() & set(entry.words)
            or t.low in vocabulary().adverbs
            or t.low == "следующий"
            or "следующий" in t.lemmas()
            for t in left
        )

    def announces(self, at: int, end: int) -> bool:
        """Whether only «следующее», «решение» and the like stand before a colon."""
        return all(
            t.kind != "w"
            or t.low in vocabulary().adverbs
            or t.lemmas() & {"следующий", "нижеследующий", "решение", "о", "что"}
            or t.has("PREP")
            for t in self.tokens[at:end]
        )

    def phrases(self, found: Sequence[tuple[int, int]], case: str) -> tuple[Phrase, ...]:
        made = []
        for first, last in found:
            last = self.before_relative(first, last)
            start, end = trim(self.text, self.tokens[first].start, self.tokens[last - 1].end)
            made.append(Phrase(start, end, case))
        return tuple(made)

    def before_relative(self, first: int, last: int) -> int:
        """Where a name ends before «, который …»: the clause says something of it, and may name others."""
        for n in range(first + 1, last - 1):
            said = self.tokens[n + 1 : last]
            if self.tokens[n].text != "," or not any(t.low.startswith("котор") for t in said[:2]):
                continue
            if any(t.has("INFN") or t.low in vocabulary().modals or t.text[0].isupper() for t in said):
                return n
        return last

    def dative_before(self, start: int, at: int) -> list[Phrase]:
        """The performers in the dative between `start` and the verb at `at`."""
        tokens = self.tokens[:at]
        n = start
        while n < at:
            token = tokens[n]
            if token.time or token.kind == "c" or token.low in CONJUNCTIONS or token.low in vocabulary().adverbs:
                n += 1
                continue
            if adjunct_at(tokens, n) or (token.has("PREP") and not token.has("NOUN") and not is_abbreviation(token)):
                n = self.after_phrase(n, at)
                continue
            found, end = coordinated(tokens, n, "datv")
            if found and self.could_be_performer(found[0]):
                return list(self.phrases(found, "datv"))
            if token.has("ADVB", "PRCL", "CONJ") or found:
                n = max(n + 1, end)
                continue
            return []
        return []

    def are_pronouns(self, phrases: Sequence[Phrase]) -> bool:
        """Whether somebody named before is meant: «…; ему же доложить …»."""
        return all(self.text[p.start : p.end].lower() in ("ему", "ей", "им", "его", "её", "ее", "их") for p in phrases)

    def could_be_performer(self, span: tuple[int, int]) -> bool:
        """Whether a phrase that may be a dative is one: unambiguous, or an actor."""
        words = [t for t in self.tokens[span[0] : span[1]] if t.kind == "w"]
        if not words:
            return False
        first = words[0]
        sure = first.readings and all(r.case == "datv" for r in first.readings if r.pos in CASED) and first.has(*CASED)
        return bool(sure) or self.is_actor(span)

    def performers_after(self, head: Head, end: int) -> tuple[tuple[Phrase, ...], int]:
        """The phrases that a directive verb governs, and the index after them."""
        entry = head.entry
        assert entry is not None
        tokens = self.tokens[:end]
        limit = next(
            (n for n in range(head.at + 1, end) if tokens[n].has("INFN") and tokens[n].readings[0].pos == "INFN"), end
        )
        if entry.prep:
            for n in range(head.at + 1, limit):
                if tokens[n].low in (entry.prep, f"{entry.prep}о"):
                    found, after = coordinated(tokens, n + 1, entry.case)
                    if found:
                        return self.phrases(found, entry.case), max(after, self.companion_end(after, limit, entry))
                if tokens[n].low == "в" and entry.prep == "к":
                    found, after = coordinated(tokens, n + 1, "accs")
                    if found and self.is_actor(found[0]):
                        return self.phrases(found, "accs"), max(after, self.companion_end(after, limit, entry))
            return (), self.companion_end(head.at + 1, limit, entry)
        n = head.at + 1
        while n < limit:
            token = tokens[n]
            if (
                token.time
                or token.text == ","
                or token.low in vocabulary().adverbs
                or (token.has("ADVB") and not token.has("NOUN", "ADJF"))
            ):
                n += 1
                continue
            if adjunct_at(tokens, n) and limit < end:
                n = self.after_adjunct(n, limit)
                continue
            break
        wants = "accs" if entry.case == "datv" and limit == end and tokens[end - 1].text != ":" else ""
        for case in (entry.case, "gent") if entry.case == "accs" else (entry.case,):
            found, after = coordinated(tokens, n, case, wants=wants)
            if found and (
                entry.case == "datv"
                or limit < end
                or self.is_actor(found[0])
                or tokens[end - 1].text == ":"
                or self.followed_by_k(after)
            ):
                return self.phrases(found, case), self.companion_end(after, limit, entry)
        return (), head.at + 1

    def subject(self, start: int, head: Head) -> Phrase | None:
        """The nominative before the verb, the nearest to it that can act."""
        tokens = self.tokens[: head.at]
        if nearest := self.subject_beside(start, head.at):
            return nearest
        for at in range(start, head.at):
            if tokens[at].has("GRND") and tokens[at].readings[0].pos == "GRND":
                continue
            if tokens[at].kind == "c" or tokens[at].time:
                continue
            if at > start and tokens[at - 1].kind != "c" and tokens[at - 1].low not in ("и", "а"):
                continue
            found, end = coordinated(tokens, at, "nomn")
            if not found:
                continue
            gap = [t for t in tokens[end:] if t.kind == "w"]
            if (
                not gap
                or any(t.has("GRND") or t.has("ADVB", "PRCL", "PREP", "CONJ") for t in gap[:2])
                or tokens[end].text == ","
            ):
                first = found[0]
                if tokens[first[0]].low in ("мы", "это", "что", "они", "он", "она"):
                    return None
                return Phrase(tokens[first[0]].start, trim(self.text, 0, tokens[found[-1][1] - 1].end)[1], "nomn")
        return None

    def subject_beside(self, start: int, at: int) -> Phrase | None:
        """The actor in the nominative that ends right before the verb: «Рассмотрев план …, Собрание постановляет»."""
        tokens = self.tokens[:at]
        marked = [n for n in range(start, at) if n == start or tokens[n - 1].kind == "c"]
        named = [n for n in range(start, at) if tokens[n].text[0].isupper() and fits(tokens[n], "nomn", "NOUN", "ADJF")]
        for n in (*marked, *named):
            found, end = coordinated(tokens, n, "nomn")
            beside = end == at or all(t.has("ADVB", "PRCL") or t.time for t in tokens[end:])
            if found and beside and tokens[end - 1].text != "," and self.is_actor(found[0]):
                return Phrase(tokens[found[0][0]].start, trim(self.text, 0, tokens[found[-1][1] - 1].end)[1], "nomn")
        return None

    def own_subject(self, start: int, head: Head) -> Phrase | None:
        """The verb's subject, or that of the sentence's verb before it: «Съезд отмечает … и обязуется …»."""
        found = self.subject(start, head)
        if found is None and start > 0 and head.reading.person != "1per":
            return self.said
        self.said = found
        return found

    def each(self, subject: Phrase | None) -> tuple[Phrase, ...] | None:
        """Those whom a subject names, one by one; None for no subject."""
        if subject is None:
            return None
        inside = [t for t in self.tokens if subject.start <= t.start < subject.end]
        found, _ = coordinated(inside, 0, "nomn")
        if len(found) < 2:
            return (subject,)
        ends = [trim(self.text, inside[first].start, inside[last - 1].end) for first, last in found]
        return tuple(Phrase(first, last, "nomn") for first, last in ends)

    def is_adopting(self, subject: Phrase | None) -> bool:
        if subject is None:
            return True
        words = tokens_of(self.text, subject.start, subject.end)
        return any(
            t.lemmas() & {"конференция", "съезд", "участник", "мы", "конгресс", "собрание", "форум", "делегат"}
            for t in words[:3]
        )

    def is_actor_phrase(self, phrase: Phrase) -> bool:
        n = next((k for k, t in enumerate(self.tokens) if t.start == phrase.start), -1)
        return n >= 0 and self.is_actor((n, n + sum(phrase.start <= t.start < phrase.end for t in self.tokens)))

    def is_actor(self, span: tuple[int, int]) -> bool:
        """Whether a phrase names somebody who can act: a person, a body of the lexicon, a name or an abbreviation."""
        for n in range(span[0], span[1]):
            token = self.tokens[n]
            if token.kind == "p":
                return True
            if token.kind != "w":
                continue
            if (
                is_abbreviation(token)
                or token.lemmas() & vocabulary().actors
                or token.lemmas() & vocabulary().roles
                or is_animate(token)
            ):
                return True
            if "-" in token.low and any(
                reading.lemma in vocabulary().actors for part in token.low.split("-") for reading in readings(part)
            ):
                return True
            if token.readings and token.readings[0].pos == "NOUN":
                return token.text[0].isupper() and n > 0
        return False

    def agent(self, at: int, end: int) -> tuple[Phrase, ...]:
        for n in range(at, end):
            if (
                not self.tokens[n].has("PREP")
                and not (n and self.tokens[n - 1].has("PREP"))
                and fits(self.tokens[n], "ablt", "NOUN", "ADJF")
            ):
                found, _ = coordinated(self.tokens[:end], n, "ablt")
                if found and self.is_actor(found[0]):
                    return self.phrases(found, "ablt")
        return ()

    def object_before(self, start: int, at: int) -> tuple[int, int] | None:
        """What stands before the verb, without times and a dative."""
        if at <= start:
            return None
        taken = [(t.start, t.end) for t in self.tokens[start:at] if t.time]
        return trim_edges(self.text, self.tokens[start].start, self.tokens[at - 1].end, taken)

    def fronted_object(self, start: int, at: int) -> tuple[int, int] | None:
        """An object before its infinitive: «Информацию принять к сведению», «Следующую конференцию провести …»."""
        for n in range(start, at):
            token = self.tokens[n]
            if token.time or token.kind == "c" or token.low in vocabulary().adverbs | CONJUNCTIONS:
                continue
            if token.has("PREP") or not token.has(*CASED):
                return None
            end = noun_phrase(self.tokens[:at], n, "accs")
            if end <= n:
                return None
            return trim(self.text, token.start, self.tokens[end - 1].end)
        return None

    def emit(self, **parts: object) -> None:
        self.acts.append(self.build(**parts))  # type: ignore[arg-type]

    def build(
        self,
        *,
        strength: Strength,
        source: str,
        rule: str,
        verb: str,
        verb_at: int,
        first: int,
        end: int,
        performers: tuple[Phrase, ...] | None,
        whole: int,
        object_span: tuple[int, int] | None = None,
        addressees: bool = True,
        stance: bool = False,
        extra: Sequence[Time] = (),
        shared: Sequence[Time] = (),
    ) -> Act:
        """An act from its verb on: recipients, times and the object told apart.

        `extra`: times before the verb; `shared`: those of the verbs before it, for an act without any of its own.
        """
        text, tokens = self.text, self.tokens
        start = tokens[whole].start
        last = tokens[end - 1].end if end > whole else tokens[whole].end
        start, last = trim(text, start, last)
        verb_end = tokens[verb_at].end if verb_at >= 0 else start
        recipients, taken = self.recipients(verb, first, end) if addressees else ((), [])
        deadline = recurrence = None
        if not stance:
            inside = [*self.fronted, *extra, *self.times_between(first, end), *shared]
            dated = verb in lexicon("ru").data["dated"]
            deadline = next((t for t in inside if not t.kind and not dated and self.is_when(t, first, end)), None)
            if deadline is not None and self.is_of_old_act(deadline, verb, first):
                deadline = None
            recurrence = how_often([t for t in inside if self.is_when(t, first, end)])
        taken += [(t.start, t.end) for t in (deadline, recurrence) if t is not None]
        taken += [(p.start, p.end) for p in performers or ()] + self.denied
        if object_span is None and first < end:
            object_span = trim_edges(text, tokens[self.after_asides(first, end)].start, tokens[end - 1].end, taken)
            tail = _TAIL.search(text, *object_span) if object_span and not stance else None
            if tail is not None and object_span is not None and tail.end() == object_span[1]:
                taken.append(tail.span())
                object_span = trim_edges(text, *object_span, taken)
        if object_span is not None and recipients and verb in vocabulary().transfer:
            object_span = self.before_recipients(object_span, taken[0])
        if object_span is not None:
            object_span = self.without_conjunctions(cut_after_time(text, object_span, (deadline, recurrence)))
        if recurrence is None and object_span is not None and not stance:
            recurrence = self.recurring_object(object_span)
        return Act(
            strength=strength,
            source=source,
            rule=rule,
            verb=verb,
            start=start,
            verb_end=min(verb_end, last),
            end=max(last, start),
            performers=performers,
            addressees=recipients,
            object=object_span,
            deadline=deadline,
            recurrence=recurrence,
        )

    def before_recipients(self, span: tuple[int, int], named: tuple[int, int]) -> tuple[int, int]:
        """«направить проект Президенту, в комитеты для замечаний»: the object is what stands before the recipients."""
        left = trim_edges(self.text, span[0], max(span[0], named[0]), ())
        if left is None or named[1] >= span[1]:
            return span
        first = next(n for n, token in enumerate(self.tokens) if token.end > left[0])
        return left if noun_phrase(self.tokens, first, "accs") > first else span

    def after_asides(self, first: int, end: int) -> int:
        """Index where an object begins after an aside: «проводить совместно с Союзом журналистов семинары»."""
        at = first
        while at < end and (self.tokens[at].time or adjunct_at(self.tokens, at) or self.says_how_long(at)):
            step = at + 1 if self.tokens[at].time else self.after_phrase(at + self.preposition(at), end, narrow=True)
            if step >= end:
                return first
            at = step
        begun = at > first and noun_phrase(self.tokens[:end], at, "accs") > at
        return at if begun else first

    def says_how_long(self, at: int) -> bool:
        """«на трёхлетний срок», «на период до …» before an object."""
        head = head_of(self.tokens, at + 1, "accs") if self.tokens[at].low == "на" else -1
        return head >= 0 and bool(self.tokens[head].lemmas() & {"срок", "период"})

    def preposition(self, at: int) -> int:
        """How many words stand before the preposition of an adjunct: one for «совместно с»."""
        return int(not self.tokens[at].has("PREP") and at + 1 < len(self.tokens) and self.tokens[at + 1].has("PREP"))

    def without_conjunctions(self, span: tuple[int, int]) -> tuple[int, int] | None:
        start, end = span
        while match := re.search(r"(?:^|[\s,])(?:и|а|также|или)$", self.text[start:end]):
            start, end = trim(self.text, start, start + match.start())
            if start >= end:
                return None
        return start, end

    def recurring_object(self, span: tuple[int, int]) -> Time | None:
        """«представлять ежегодный доклад»: the adjective right after the verb says how often."""
        for kind, pattern in lexicon("ru").data["recurring_objects"].items():
            if match := re.match(pattern, self.text[span[0] : span[1]], re.IGNORECASE):
                return Time(span[0], span[0] + match.end(), kind=kind)
        return None

    def is_when(self, time: Time, first: int, end: int) -> bool:
        """Whether a time says when to act, and not when something spoken of happens or happened."""
        if first >= end or time.end <= self.tokens[first].start or time.start >= self.tokens[end - 1].end:
            return True
        n = next(k for k in range(first, end) if self.tokens[k].end > time.start)
        if self.tokens[n].kind in ("p", "q"):
            return False  # «(Москва, 5–6 ноября 2015 г.)», «программу „Культура в 2025 году“»
        # inside a participial or relative phrase: «решений, принятых в 2021 году»
        for k in range(n - 1, first - 1, -1):
            token = self.tokens[k]
            if token.text in (";", ":"):
                break
            if token.text == "," and not (
                k + 1 < n
                and (
                    self.tokens[k + 1].has("PRTF")
                    or self.tokens[k + 1].low in SUBORDINATE
                    or self.tokens[k + 1].low.startswith("котор")
                    or (self.tokens[k + 1].has("PREP") and k + 2 < n and self.tokens[k + 2].low.startswith("котор"))
                )
            ):
                break
            if token.low in SUBORDINATE or token.low.startswith("котор"):
                return False
            if token.text == ",":
                return False
            if token.has("PRTF") and token.readings[0].pos == "PRTF" and k == n - 1:
                return False  # «проведённой в 2021 году конференции»
        if time.kind and n > first and n + 1 < end:
            # «мероприятий, проводимых регулярно» is above; «о проведении на регулярной основе форума» is of the event
            previous = self.tokens[n - 1]
            if previous.has("NOUN") and previous.low.endswith(("нии", "ния", "нию", "ние", "нием")) and n - 1 > first:
                return self.tokens[first - 1].has("INFN") and n - 2 <= first and not self.tokens[n - 2].has("PREP")
        if not time.kind and n > first + 1 and self.is_of_deed(n, time, end):
            return False
        return n == first or self.tokens[n - 1].low not in ("от", "№", "программы", "плана", "бюджета")

    def is_of_old_act(self, time: Time, verb: str, first: int) -> bool:
        """Whether a time is that of what the verb ends or moves: «отменить поручение представить доклад до 1 мая»."""
        words = vocabulary()
        if verb in words.postponing and self.text[time.start : time.end].lower().startswith(("с ", "со ")):
            return True
        between = [t for t in self.tokens[first:] if t.start < time.start]
        return verb in words.repealing and any(t.has("INFN") or t.lemmas() & words.orders for t in between)

    def is_of_deed(self, n: int, time: Time, end: int) -> bool:
        """Whether a time stands inside «о создании к 2030 году университета»: when the thing spoken of is to be."""
        after = next((k for k in range(n, end) if self.tokens[k].start >= time.end), end)
        deed = self.tokens[n - 1]
        spoken = any(token.low in ("о", "об", "по", "для") for token in self.tokens[max(0, n - 3) : n - 1])
        named = deed.has("NOUN") and deed.low.endswith(("нии", "нию", "ния", "ции", "тии", "тию"))
        return spoken and named and after < end and fits(self.tokens[after], "gent", *CASED)

    def may_decide(self, subject: Phrase | None, start: int, at: int) -> bool:
        """Whether a subject is somebody, or an adopted text that says of itself what it does («настоящее решение»).

        Without one it is the body of the whole sentence, unless some noun stands there that is no subject of that kind.
        """
        if subject is None:
            return not any(
                fits(token, "nomn", "NOUN") and not self.tokens[start + n - 1].has("PREP") and not token.time
                for n, token in enumerate(self.tokens[start:at])
            )
        words = tokens_of(self.text, subject.start, subject.end)
        document = any(token.lemmas() & vocabulary().documents for token in words[:3])
        return document or self.is_adopting(subject) or self.is_actor_phrase(subject)

    def dated(self, act: Act, at: int, end: int) -> Act:
        """The act with the times of the clause that says it: «решил, что Съезд состоится в мае 2026 года»."""
        that = next((n for n in range(at + 1, min(at + 3, end)) if self.tokens[n].low == "что"), end)
        verb_at = next((n for n in range(that, end) if is_finite(self.tokens[n])), end)
        inside = [t for t in self.times_between(verb_at + 1, end) if self.is_when(t, verb_at + 1, end)]
        return replace(
            act,
            deadline=act.deadline or next((t for t in inside if not t.kind), None),
            recurrence=act.recurrence or next((t for t in inside if t.kind), None),
        )

    def recipients(self, verb: str, first: int, end: int) -> tuple[tuple[Phrase, ...], list[tuple[int, int]]]:
        """To whom the act goes: a dative of somebody, «перед Советом», «в адрес …», «на рассмотрение …»."""
        words = vocabulary()
        tokens = self.tokens[:end]
        if verb in words.dative_object or verb in words.no_recipient:
            return (), []
        if verb in words.told:
            n = first
            while n < end and (tokens[n].time or tokens[n].low in words.adverbs or tokens[n].low in ("о", "об", "обо")):
                about = tokens[n].low in ("о", "об", "обо") and n + 1 < end
                alone = about and tokens[n + 1].low in ("этом", "том", "нём", "нем", "ней", "них", "чём")
                n = n + 2 if alone else self.after_phrase(n, end) if about else n + 1
            for case in ("accs", "gent"):
                found, _ = coordinated(tokens, n, case, narrow=True)
                if found and (verb in words.thanking or self.is_actor(found[0])):
                    return self.taken(found, case, found[0][0])
        seen_object = False
        n = first
        while n < end:
            token = tokens[n]
            if token.text in (";",):
                break
            if (
                token.text == ","
                and n + 1 < end
                and (
                    tokens[n + 1].has("PRTF", "GRND")
                    or tokens[n + 1].low in SUBORDINATE
                    or tokens[n + 1].low.startswith("котор")
                )
            ):
                closing = closing_mark(tokens, n + 1, ",")
                if not closing:
                    break
                n = closing + 1
                continue
            if verb in words.transfer and (hit := self.recipient_phrase(verb, tokens, n)):
                return self.with_others(verb, tokens, hit, "accs")
            if token.has("PREP") and not token.has("NOUN") and token.kind == "w":
                n = max(self.after_phrase(n, end, narrow=verb in words.transfer), n + 1)
                continue
            if n > first and tokens[n - 1].kind == "i":
                n += 1
                continue
            numbered = n + 1 < end and bool(ROMAN.fullmatch(token.text)) and fits(tokens[n + 1], "datv", *CASED)
            if (
                (token.kind == "w" or numbered)
                and not token.time
                and (numbered or fits(token, "datv", *CASED) or is_abbreviation(token))
                and not (is_abbreviation(token) and n > first)
            ):
                previous = tokens[n - 1]
                governed = n > first and bool(previous.lemmas() & words.dative_noun)
                governed = governed or (verb not in words.transfer and self.given(first, n))
                found, after = coordinated(tokens, n, "datv", "" if seen_object else "accs", narrow=True)
                cases = [r.case for r in token.readings if r.pos in CASED]
                if cases and cases[0] == "accs":
                    n += 1
                    continue
                said = tokens[max(n, head_of(tokens, n, "datv"))]
                alone = n == first or not fits(said, "gent", *CASED) or not previous.has("NOUN")
                sure = verb in words.transfer and n == first and bool(cases) and set(cases) == {"datv"}
                if found and not governed and alone and (sure or self.is_actor(found[0])):
                    return self.with_others(verb, tokens, self.taken(found, "datv", n), "datv")
                n = max(after, n + 1)
                continue
            if token.kind == "w" and fits(token, "accs", "NOUN"):
                seen_object = True
            n += 1
        return (), []

    def with_others(
        self, verb: str, tokens: Sequence[Token], hit: tuple[tuple[Phrase, ...], list[tuple[int, int]]], case: str
    ) -> tuple[tuple[Phrase, ...], list[tuple[int, int]]]:
        """The recipients with those that follow in another form: «Президенту, в комитеты и Правительство»."""
        phrases, spans = hit
        while verb in vocabulary().transfer:
            n = next((k for k, t in enumerate(tokens) if t.start >= phrases[-1].end), len(tokens))
            begun = n
            while n < len(tokens) and (tokens[n].text == "," or tokens[n].low in ("и", "а", "также")):
                n += 1
            if n == begun or n >= len(tokens):
                break
            more = self.recipient_phrase(verb, tokens, n)
            if more is None:
                for one in dict.fromkeys((case, "datv", "accs")):
                    found, _ = coordinated(tokens, n, one, "accs", narrow=True)
                    if found and self.is_actor(found[0]) and not tokens[n].has("PREP"):
                        more = self.taken(found, one, n)
                        break
            else:
                case = "accs"
            if more is None:
                break
            phrases = (*phrases, *more[0])
            spans = [(spans[0][0], more[1][-1][1])]
        return phrases, spans

    def given(self, first: int, at: int) -> bool:
        """Whether the dative at `at` is of a noun within the object: «порядок выдачи виз учителям»."""
        for n in range(at - 1, first, -1):
            token = self.tokens[n]
            if token.kind == "c":
                return False
            if token.lemmas() & vocabulary().giving_noun:
                before = self.tokens[first:n]
                # «благодарность за помощь Совету», «при поддержке Фонда школам»: the verb's own
                preposition = next((t.low for t in reversed(before) if t.has("PREP")), "")
                return preposition not in ("за", "при", "с", "со") and any(t.has("NOUN", "PREP") for t in before)
        return False

    def taken(
        self, found: Sequence[tuple[int, int]], case: str, at: int
    ) -> tuple[tuple[Phrase, ...], list[tuple[int, int]]]:
        phrases = self.phrases(found, case)
        return phrases, [(self.tokens[at].start, phrases[-1].end)]

    def recipient_phrase(
        self, verb: str, tokens: Sequence[Token], n: int
    ) -> tuple[tuple[Phrase, ...], list[tuple[int, int]]] | None:
        for words in vocabulary().transfer_to:
            if [t.low for t in tokens[n : n + len(words)]] != list(words):
                continue
            for case in (
                ("ablt",) if words == ("перед",) else ("datv",) if words == ("к",) else ("gent", "datv", "accs")
            ):
                found, _ = coordinated(tokens, n + len(words), case, "accs", narrow=True)
                if found and self.is_actor(found[0]):
                    return self.taken(found, case, n)
        if verb in ("довести", "доводить") and tokens[n].low == "до" and not tokens[n].time:
            found, _ = coordinated(tokens, n + 1, "gent", "accs", narrow=True)
            if found and self.is_actor(found[0]):
                return self.taken(found, "gent", n)
        if tokens[n].low in ("в", "во") and not tokens[n].time and n + 1 < len(tokens):
            found, _ = coordinated(tokens, n + 1, "accs", "accs", narrow=True)
            head = tokens[head_of(tokens, n + 1, "accs")] if found else tokens[n]
            if (
                found
                and self.is_actor(found[0])
                and not head.lemmas() & vocabulary().documents
                and not fits(tokens[found[0][0]], "loct", "NOUN")
            ):
                return self.taken(found, "accs", n)
        return None
