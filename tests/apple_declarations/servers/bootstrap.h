// What src/platform uses of <servers/bootstrap.h>, in this project's words: names of services, which launchd keeps for a user's session.
#pragma once

#include <mach/mach.h>

#define BOOTSTRAP_SUCCESS 0
#define BOOTSTRAP_NOT_PRIVILEGED 1100
#define BOOTSTRAP_NAME_IN_USE 1101
#define BOOTSTRAP_UNKNOWN_SERVICE 1102
#define BOOTSTRAP_SERVICE_ACTIVE 1103
#define BOOTSTRAP_NO_MEMORY 1105

extern "C" {
extern mach_port_t bootstrap_port;
kern_return_t bootstrap_check_in(mach_port_t bootstrap, const char* name, mach_port_t* service);
kern_return_t bootstrap_look_up(mach_port_t bootstrap, const char* name, mach_port_t* service);
}
