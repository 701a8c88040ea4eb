// Symbol visibility of the library. Everything that carries GEYSER_API is part of the ABI; nothing else is.
#pragma once

#if defined(GEYSER_STATIC)
#define GEYSER_API
#elif defined(_WIN32)
#if defined(GEYSER_BUILDING)
#define GEYSER_API __declspec(dllexport)
#else
#define GEYSER_API __declspec(dllimport)
#endif
#else
#define GEYSER_API [[gnu::visibility("default")]]
#endif
