// What systemd is told (Type=notify): one datagram for each state. Without NOTIFY_SOCKET nothing is sent.
#pragma once
#include <cstdint>
#include <string_view>

namespace tollgate::cli {

// "READY=1", "STOPPING=1\nSTATUS=draining", ... False if there is nobody to tell, or it could not be told.
bool tell_service_manager(std::string_view state);
// How often it wants to hear WATCHDOG=1 at least; 0: never.
[[nodiscard]] int64_t watchdog_interval_us();

}  // namespace tollgate::cli
