#include "service/auth.h"

#include <fstream>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "journal/errors.h"

namespace uow {
namespace {

// Takes the same time wherever the two differ, so that a token can't be found byte by byte. Its length is no secret.
bool SameSecret(absl::string_view a, absl::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned char difference = 0;
  for (size_t i = 0; i < a.size(); ++i) difference |= a[i] ^ b[i];
  return difference == 0;
}

class CancelWithoutToken final : public grpc::experimental::Interceptor {
 public:
  CancelWithoutToken(const Authenticator* authenticator, grpc::ServerContextBase* context)
      : authenticator_(authenticator), context_(context) {}

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(grpc::experimental::InterceptionHookPoints::POST_RECV_INITIAL_METADATA) &&
        !authenticator_->Check(*context_).ok()) {
      context_->TryCancel();
    }
    methods->Proceed();
  }

 private:
  const Authenticator* authenticator_;
  grpc::ServerContextBase* context_;
};

}  // namespace

absl::StatusOr<Authenticator> Authenticator::Load(const std::string& file) {
  std::ifstream in(file);
  Authenticator result;
  std::string line;
  while (std::getline(in, line)) {
    absl::string_view token = absl::StripAsciiWhitespace(line);
    if (!token.empty() && token[0] != '#') result.tokens_.emplace_back(token);
  }
  if (result.tokens_.empty()) {
    return MakeError(v1::ERROR_REASON_INVALID_REQUEST,
                     absl::StrCat("--token-file: ", file, " can't be read or has no token: write one a line"));
  }
  return result;
}

absl::Status Authenticator::Check(const grpc::ServerContextBase& context) const {
  if (tokens_.empty()) return absl::OkStatus();
  auto [begin, end] = context.client_metadata().equal_range("authorization");
  for (auto it = begin; it != end; ++it) {
    absl::string_view value(it->second.data(), it->second.size());
    if (value.size() < 7 || !absl::EqualsIgnoreCase(value.substr(0, 7), "Bearer ")) continue;
    for (const std::string& token : tokens_) {
      if (SameSecret(token, value.substr(7))) return absl::OkStatus();
    }
  }
  return MakeError(v1::ERROR_REASON_UNAUTHENTICATED,
                   "the call carries no valid token: send the header authorization: Bearer <token>");
}

grpc::experimental::Interceptor* ReflectionGuard::CreateServerInterceptor(grpc::experimental::ServerRpcInfo* info) {
  if (!authenticator_->required() || !absl::StartsWith(info->method(), "/grpc.reflection.")) return nullptr;
  return new CancelWithoutToken(authenticator_, info->server_context());
}

}  // namespace uow
