create table projects (
  id integer primary key,
  name text not null unique
);
create table tasks (
  id integer primary key,
  project_id integer not null references projects (id),
  title text not null,
  done boolean not null default false
);
