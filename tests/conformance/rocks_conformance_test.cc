#include <filesystem>

#include "journal/rocks_journal.h"
#include "tests/conformance/journal_conformance.h"

namespace uow::conformance {
namespace {

class RocksUnderTest final : public JournalUnderTest {
 public:
  RocksUnderTest(Clock& clock, const JournalSettings& settings) {
    std::string path = (std::filesystem::temp_directory_path() / "uow-journal-XXXXXX").string();
    EXPECT_NE(mkdtemp(path.data()), nullptr);
    options_ = {.directory = path,
                .queue_bytes = settings.queue_bytes,
                .cache_bytes = settings.cache_bytes,
                .free_space_reserve = 1 << 20,
                .clock = &clock};
    Reopen();
  }
  ~RocksUnderTest() override {
    journal_.reset();
    std::filesystem::remove_all(options_.directory);
  }

  Journal& journal() override { return *journal_; }

  void Reopen() override {
    journal_.reset();
    absl::StatusOr<std::unique_ptr<Journal>> journal = OpenRocksJournal(options_);
    ASSERT_TRUE(journal.ok()) << journal.status();
    journal_ = *std::move(journal);
  }

 private:
  RocksJournalOptions options_;
  std::unique_ptr<Journal> journal_;
};

INSTANTIATE_TEST_SUITE_P(Rocks, JournalConformance,
                         testing::Values(JournalFactory{"rocks",
                                                        [](Clock& clock, const JournalSettings& settings) {
                                                          return std::make_unique<RocksUnderTest>(clock, settings);
                                                        }}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace uow::conformance
