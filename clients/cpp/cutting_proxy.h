#pragma once

#include <atomic>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace uow {

// Stands between a client and a unix socket, and cuts connections when a test wants it. Thread-safe.
class CuttingProxy {
 public:
  // Listens on the socket `path` and connects to the socket `target`.
  CuttingProxy(std::string path, std::string target);
  ~CuttingProxy();
  CuttingProxy(const CuttingProxy&) = delete;
  CuttingProxy& operator=(const CuttingProxy&) = delete;

  std::string address() const { return "unix:" + path_; }
  // Cuts every connection that stands. New ones are let through.
  void Cut();
  // From now on the connections that stand carry no more answers.
  void SwallowAnswers() { swallow_ = connections_.load(); }
  int connections() const { return connections_; }

 private:
  void Accept();
  // Of the connection with that number, from 1.
  void Forward(int from, int to, int answers_of);

  const std::string path_;
  const std::string target_;
  const int listener_;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> connections_ = 0;
  std::atomic<int> swallow_ = 0;  // the answers of the first so many connections
  std::mutex mutex_;
  std::set<int> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace uow
