// What src/platform uses of <bsm/libbsm.h>, in this project's words: who sent a message (audit_token_to_pid(3)).
#pragma once

#include <mach/mach.h>
#include <sys/types.h>

extern "C" {
pid_t audit_token_to_pid(audit_token_t token);
uid_t audit_token_to_euid(audit_token_t token);
}
