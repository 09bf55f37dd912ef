create table countries (
  id integer primary key,
  alpha2 text not null unique,
  alpha3 text not null unique,
  numeric text not null unique,
  name text not null,
  official_name text
);
create table subdivisions (
  id integer primary key,
  country_id integer not null references countries (id),
  parent_id integer references subdivisions (id),
  code text not null unique,
  name text not null,
  type text not null
);
