#pragma once

#include <optional>
#include <string>

#include "uow/uow.h"

// The tables of world.sql.

struct Country : uow::Table<Country> {
  static constexpr absl::string_view kName = "countries";
  static constexpr Column<"id", int64_t, uow::kGeneratedKey> id{};
  static constexpr Column<"alpha2", std::string> alpha2{};
  static constexpr Column<"alpha3", std::string> alpha3{};
  static constexpr Column<"numeric", std::string> numeric{};
  static constexpr Column<"name", std::string> name{};
  static constexpr Column<"official_name", std::optional<std::string>> official_name{};
  static constexpr auto kColumns = uow::Columns(id, alpha2, alpha3, numeric, name, official_name);
};

struct Subdivision : uow::Table<Subdivision> {
  static constexpr absl::string_view kName = "subdivisions";
  static constexpr Column<"id", int64_t, uow::kGeneratedKey> id{};
  static constexpr Column<"country_id", uow::Ref<Country>> country{};
  static constexpr Column<"parent_id", std::optional<uow::Ref<Subdivision>>> parent{};
  static constexpr Column<"code", std::string> code{};
  static constexpr Column<"name", std::string> name{};
  static constexpr Column<"type", std::string> type{};
  static constexpr auto kColumns = uow::Columns(id, country, parent, code, name, type);
};
