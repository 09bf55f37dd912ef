// Who may connect: tokens, TLS, health and reflection.
#include <grpcpp/generic/generic_stub.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "service/service_fixture.h"
#include "tests/support/uowd_process.h"

namespace uow {
namespace {

class AccessTest : public ServiceTest {
 protected:
  void Configure(Config& config) override {
    config.token_file = directory_.path() + "/tokens";
    std::ofstream(config.token_file) << "# for the tests\nfirst-token\n\nsecond-token\n";
  }

  grpc::Status ListTargets(const std::string& authorization) {
    auto context = NewContext();
    if (!authorization.empty()) context->AddMetadata("authorization", authorization);
    v1::ListTargetsResponse response;
    return schemas_->ListTargets(context.get(), {}, &response);
  }

  // Asks the reflection service for the list of services, with raw bytes. Empty where it didn't answer.
  std::string Reflect(const std::string& authorization) {
    grpc::GenericStub stub(channel_);
    grpc::CompletionQueue queue;
    auto context = NewContext();
    if (!authorization.empty()) context->AddMetadata("authorization", authorization);
    auto call = stub.PrepareCall(context.get(), "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
    void* tag;
    bool ok;
    auto wait = [&] { return queue.Next(&tag, &ok) && ok; };
    call->StartCall(nullptr);
    wait();
    grpc::Slice list_services("\x3a\x01*");
    call->Write(grpc::ByteBuffer(&list_services, 1), nullptr);
    wait();
    grpc::ByteBuffer answer;
    call->Read(&answer, nullptr);
    std::string text;
    if (wait()) {
      grpc::Slice slice;
      answer.DumpToSingleSlice(&slice);
      text.assign(slice.begin(), slice.end());
    }
    context->TryCancel();
    grpc::Status status;
    call->Finish(&status, nullptr);
    wait();
    return text;
  }
};

TEST_F(AccessTest, EveryCallNeedsAToken) {
  EXPECT_OK(ListTargets("Bearer first-token"));
  EXPECT_OK(ListTargets("bearer second-token"));
  for (const char* bad :
       {"", "Bearer", "Bearer ", "Bearer wrong", "Bearer first-toke", "Bearer first-tokenx", "Basic first-token"}) {
    EXPECT_TRUE(RefusedWith(ListTargets(bad), v1::ERROR_REASON_UNAUTHENTICATED)) << bad;
  }
  std::string id(32, '0');
  EXPECT_TRUE(RefusedWith(Append(id, {}), v1::ERROR_REASON_UNAUTHENTICATED));
  EXPECT_TRUE(RefusedWith(Save(id, "s").status, v1::ERROR_REASON_UNAUTHENTICATED));
  EXPECT_TRUE(RefusedWith(PlanSave(id, {}), v1::ERROR_REASON_UNAUTHENTICATED));
  EXPECT_TRUE(RefusedWith(ReadJournal(id, 0, {}), v1::ERROR_REASON_UNAUTHENTICATED));
  auto context = NewContext();
  auto stream = journal_->Record(context.get());
  v1::RecordResponse response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_TRUE(RefusedWith(stream->Finish(), v1::ERROR_REASON_UNAUTHENTICATED));
}

TEST_F(AccessTest, HealthAnswersEverybodyAndReflectionThoseWithAToken) {
  EXPECT_TRUE(IsServing(channel_, absl::Seconds(10)));
  EXPECT_NE(Reflect("Bearer first-token").find("uow.v1.SaveService"), std::string::npos);
  EXPECT_EQ(Reflect(""), "");
}

class TlsTest : public AccessTest {
 protected:
  void Configure(Config& config) override {
    AccessTest::Configure(config);
    config.tls_cert = directory_.path() + "/cert.pem";
    config.tls_key = directory_.path() + "/key.pem";
    std::string command =
        absl::StrCat("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost ",
                     "-addext subjectAltName=DNS:localhost -keyout ", config.tls_key, " -out ", config.tls_cert, " 2>/dev/null");
    ASSERT_EQ(std::system(command.c_str()), 0);
    config.listen.emplace_back("0.0.0.0:0");
  }
};

TEST_F(TlsTest, TlsAndTokensTogetherMayListenWide) {
  std::string address = server_->addresses()[1];
  ASSERT_EQ(address.substr(0, 8), "0.0.0.0:");
  ASSERT_NE(address, "0.0.0.0:0");
  std::ifstream in(config_.tls_cert);
  std::stringstream pem;
  pem << in.rdbuf();
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = pem.str();
  std::string port = address.substr(8);
  Connect(grpc::CreateChannel("localhost:" + port, grpc::SslCredentials(options)));
  EXPECT_OK(ListTargets("Bearer first-token"));
  EXPECT_TRUE(RefusedWith(ListTargets(""), v1::ERROR_REASON_UNAUTHENTICATED));
  Connect(grpc::CreateChannel("localhost:" + port, grpc::InsecureChannelCredentials()));
  EXPECT_EQ(ListTargets("Bearer first-token").error_code(), grpc::StatusCode::UNAVAILABLE) << "no TLS, no answer";
}

class StartTest : public ServiceTest {
 protected:
  std::string Refusal(const Config& config) {
    auto server = Server::Start(config);
    return server.ok() ? "" : std::string(server.status().message());
  }
};

TEST_F(StartTest, ASecondServerIsRefused) {
  Config second = config_;
  second.listen = {"127.0.0.1:0"};
  EXPECT_NE(Refusal(second).find("is open in another process"), std::string::npos) << Refusal(second);
  second = config_;
  second.data_dir += "-other";
  EXPECT_NE(Refusal(second).find("is in use by another process"), std::string::npos) << Refusal(second);
}

TEST_F(StartTest, AStaleSocketIsReplacedAndAFileIsNot) {
  StopServer();
  std::string path = config_.listen[0].substr(5);
  // A socket that nobody listens on, as a killed process leaves it.
  ASSERT_EQ(std::system(absl::StrCat("python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"", path, "\")'").c_str()), 0);
  StartServer();
  EXPECT_EQ(OpenSession().size(), 32u);
  StopServer();
  std::ofstream(path) << "not a socket";
  EXPECT_NE(Refusal(config_).find("exists and is not a socket"), std::string::npos);
}

TEST_F(StartTest, APortInUseIsRefused) {
  Config first = config_;
  StopServer();
  first.listen = {"127.0.0.1:0"};
  config_ = first;
  auto server = Server::Start(first);
  ASSERT_TRUE(server.ok());
  Config second = first;
  second.data_dir += "-other";
  second.listen = (*server)->addresses();
  EXPECT_NE(Refusal(second).find("can't listen on " + second.listen[0]), std::string::npos) << Refusal(second);
}

}  // namespace
}  // namespace uow
