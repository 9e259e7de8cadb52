"""A program of its own: speaks one text with the espeak-ng of PyPI's espeakng-loader and writes the samples to stdout.

espeak-ng keeps state from one text to the next (the second rendering of a text differs from the first), is not safe for threads and
prints to stdout as it likes. In a fresh process for each text it always gives the same samples. Run by `virtual_devices.speech` only:
`python espeak.py VOICE WORDS_PER_MINUTE < text`, then stdout is the rate as a little-endian u32 and the samples as s16le, mono.
"""

from __future__ import annotations

import ctypes
import sys

# From espeak-ng's speak_lib.h.
AUDIO_OUTPUT_SYNCHRONOUS = 2
DONT_EXIT = 0x8000
RATE_PARAMETER = 1
CHARS_UTF8 = 1


def synthesise(text: str, voice: str, words_per_minute: int) -> tuple[int, bytes]:
    """The rate in Hz and the samples (s16, native order). Raises `OSError` where the library refuses."""
    import espeakng_loader  # noqa: PLC0415 - the parent process asks for this file's path only, and must not need the library

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    heard = bytearray()

    def collect(samples: int | None, count: int, _events: int | None) -> int:
        if samples and count > 0:
            heard.extend(ctypes.string_at(samples, 2 * count))
        return 0

    callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)(collect)
    rate = library.espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), DONT_EXIT)
    if rate <= 0:
        raise OSError("espeak-ng can't load its data")
    library.espeak_SetSynthCallback(callback)
    if library.espeak_SetVoiceByName(voice.encode()) != 0:
        raise OSError(f"espeak-ng has no voice {voice!r}")
    library.espeak_SetParameter(RATE_PARAMETER, words_per_minute, 0)
    spoken = text.encode() + b"\0"
    if library.espeak_Synth(spoken, ctypes.c_size_t(len(spoken)), 0, 0, 0, CHARS_UTF8, None, None) != 0:
        raise OSError("espeak-ng can't speak the text")
    return rate, bytes(heard)


if __name__ == "__main__":
    rate, samples = synthesise(sys.stdin.buffer.read().decode(), sys.argv[1], int(sys.argv[2]))
    sys.stdout.buffer.write(rate.to_bytes(4, "little") + samples)
