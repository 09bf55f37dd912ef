#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_interceptor.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace uow {

// Checks bearer tokens. Immutable; thread-safe.
class Authenticator {
 public:
  // Lets everybody in.
  Authenticator() = default;
  // Reads tokens from a file, one a line; lines that are empty or begin with # don't count. INVALID_REQUEST.
  static absl::StatusOr<Authenticator> Load(const std::string& file);

  bool required() const { return !tokens_.empty(); }
  // UNAUTHENTICATED unless the call carries `authorization: Bearer <token>` with one of the tokens.
  absl::Status Check(const grpc::ServerContextBase& context) const;

 private:
  std::vector<std::string> tokens_;
};

// Guards the reflection service, whose handlers aren't ours: calls without a token are cancelled.
class ReflectionGuard final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  // `authenticator` outlives the server.
  explicit ReflectionGuard(const Authenticator* authenticator) : authenticator_(authenticator) {}
  grpc::experimental::Interceptor* CreateServerInterceptor(grpc::experimental::ServerRpcInfo* info) override;

 private:
  const Authenticator* authenticator_;
};

}  // namespace uow
