/// A listening TCP socket.
#pragma once

#include <cstdint>
#include <string>

#include "scheduler/result.h"

namespace mergeq::api {

struct Listener {
  int fd = -1;
  std::uint16_t port = 0;
  bool is_loopback = false;  // only programs of this machine reach it
};

/// `host`: an address or a name that resolves to one of this machine. Port 0: any free one. io: it
/// cannot be had, and why.
Result<Listener> listen_on(const std::string& host, std::uint16_t port);

}  // namespace mergeq::api
