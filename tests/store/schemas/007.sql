BEGIN TRANSACTION;
CREATE TABLE access (
	id INTEGER NOT NULL, 
	collection TEXT NOT NULL, 
	person_id TEXT, 
	team_id TEXT, 
	role TEXT NOT NULL, 
	created_at FLOAT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (collection, person_id), 
	UNIQUE (collection, team_id), 
	FOREIGN KEY(person_id) REFERENCES person (id) ON DELETE CASCADE, 
	FOREIGN KEY(team_id) REFERENCES team (id) ON DELETE CASCADE
);
INSERT INTO "access" VALUES(1,'文档',NULL,'df32814d7154','editor',1.79539365966487646101e+09);
CREATE TABLE api_key (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	hash TEXT NOT NULL, 
	scope TEXT NOT NULL, 
	collections TEXT, 
	created_at FLOAT NOT NULL, 
	revoked_at FLOAT, person_id TEXT, 
	PRIMARY KEY (id), 
	UNIQUE (hash)
);
INSERT INTO "api_key" VALUES('0a0a0a0a','旧钥匙','0d6d0cbe71cafb857e3cf6381429118d2fd82b9a83507adb97f025dec87a17cb','read','["文档"]',1760000000.0,NULL,NULL);
CREATE TABLE audit (
	sequence INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	at FLOAT NOT NULL, 
	who TEXT NOT NULL, 
	verb TEXT NOT NULL, 
	object TEXT NOT NULL, 
	outcome TEXT NOT NULL
);
INSERT INTO "audit" VALUES(1,1.79539365966786742213e+09,'wang','grant','文档: 法务 editor','done');
CREATE TABLE card (
	document_key INTEGER NOT NULL, 
	content TEXT NOT NULL, 
	signature BLOB NOT NULL, 
	PRIMARY KEY (document_key), 
	FOREIGN KEY(document_key) REFERENCES document ("key") ON DELETE CASCADE
);
INSERT INTO "card" VALUES(1,'{"pages": null, "thin_pages": [], "mojibake": 0.0, "languages": {"zh": 1.0}, "tables": 0, "repeated_lines": 0, "ocr_pages": [], "ocr_confidence": null}',X'0000000000000000');
CREATE TABLE card_band (
	document_key INTEGER NOT NULL, 
	collection_id INTEGER NOT NULL, 
	band BIGINT NOT NULL, 
	PRIMARY KEY (document_key, band), 
	FOREIGN KEY(document_key) REFERENCES document ("key") ON DELETE CASCADE, 
	FOREIGN KEY(collection_id) REFERENCES collection (id)
);
INSERT INTO "card_band" VALUES(1,1,-7712737833812065720);
INSERT INTO "card_band" VALUES(1,1,65369308820478381);
INSERT INTO "card_band" VALUES(1,1,8433277703582308770);
INSERT INTO "card_band" VALUES(1,1,-4396827322302069954);
INSERT INTO "card_band" VALUES(1,1,4976252892153145518);
INSERT INTO "card_band" VALUES(1,1,2943186931043633121);
INSERT INTO "card_band" VALUES(1,1,-1660726972821457042);
INSERT INTO "card_band" VALUES(1,1,4395282772176376861);
INSERT INTO "card_band" VALUES(1,1,6406744073263280488);
INSERT INTO "card_band" VALUES(1,1,5536230443361612367);
INSERT INTO "card_band" VALUES(1,1,5778332352405694918);
INSERT INTO "card_band" VALUES(1,1,4664268555032550136);
INSERT INTO "card_band" VALUES(1,1,-4609874488019392105);
INSERT INTO "card_band" VALUES(1,1,-8646563066440224285);
INSERT INTO "card_band" VALUES(1,1,-5195242662955725611);
INSERT INTO "card_band" VALUES(1,1,-7911329982402163132);
CREATE TABLE change (
	sequence INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	collection_id INTEGER NOT NULL, 
	added INTEGER NOT NULL, 
	chunk_key INTEGER NOT NULL, 
	FOREIGN KEY(collection_id) REFERENCES collection (id)
);
INSERT INTO "change" VALUES(1,1,1,1);
INSERT INTO "change" VALUES(2,1,1,2);
INSERT INTO "change" VALUES(3,1,1,3);
INSERT INTO "change" VALUES(4,1,1,4);
INSERT INTO "change" VALUES(5,1,1,5);
INSERT INTO "change" VALUES(6,1,0,5);
CREATE TABLE chat (
	id TEXT NOT NULL, 
	collection_id INTEGER NOT NULL, 
	owner TEXT NOT NULL, 
	title TEXT NOT NULL, 
	model TEXT NOT NULL, 
	created_at FLOAT NOT NULL, 
	updated_at FLOAT NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(collection_id) REFERENCES collection (id)
);
INSERT INTO "chat" VALUES('346072823bb14ac5b51aa13a92b4d72c',1,'b1d271634210','付款','',1.79539365967093658442e+09,1.79539365968645620343e+09);
CREATE TABLE chunk (
	"key" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	collection_id INTEGER NOT NULL, 
	document_key INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	ordinal INTEGER NOT NULL, 
	start INTEGER NOT NULL, 
	"end" INTEGER NOT NULL, 
	text TEXT NOT NULL, 
	text_id TEXT NOT NULL, 
	page INTEGER, 
	headings TEXT NOT NULL, 
	tokens INTEGER NOT NULL, 
	UNIQUE (collection_id, id), 
	FOREIGN KEY(collection_id) REFERENCES collection (id), 
	FOREIGN KEY(document_key) REFERENCES document ("key")
);
INSERT INTO "chunk" VALUES(1,1,1,'a8d7d81b0043e52cc474c7d63a346cbd',0,0,11,'第一条：甲方按月付款。','225cd4247be8f9a36bd6bd5ce24fe024163ecf19c0f013ec7682e193e243808c',NULL,'[]',11);
INSERT INTO "chunk" VALUES(2,1,1,'a14c6790999c741902fdfb2af9efdc19',1,13,18,'共有的一段','f085579852633ca5b624a362e950c8bcbd4a950641cade87b843c2ccd79e28a2',NULL,'[]',5);
INSERT INTO "chunk" VALUES(3,1,2,'358b92e3639af7f67d41454ce7318aa8',0,0,22,'The lease ends in May.','aa2f37d013de19906dfa8197f23fd33f736349d87623a2d00a3bbe809546da26',NULL,'[]',22);
INSERT INTO "chunk" VALUES(4,1,2,'6ffd04d0fe3d15c80c75846e7d4cc6fd',1,24,29,'共有的一段','f085579852633ca5b624a362e950c8bcbd4a950641cade87b843c2ccd79e28a2',NULL,'[]',5);
CREATE TABLE collection (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	name TEXT NOT NULL, 
	embedder TEXT NOT NULL, 
	dimension INTEGER NOT NULL, 
	chunker TEXT NOT NULL, 
	created_at FLOAT NOT NULL, 
	UNIQUE (name)
);
INSERT INTO "collection" VALUES(1,'文档','old-4',4,'test:1',1760000000.0);
INSERT INTO "collection" VALUES(2,'471fe877546a420f8738c6fe82ba7fbe','new-4',4,'test:1',1760000000.0);
CREATE TABLE document (
	"key" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	collection_id INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	title TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	language TEXT NOT NULL, 
	size BIGINT NOT NULL, 
	text TEXT NOT NULL, 
	pages TEXT NOT NULL, 
	boxes BLOB NOT NULL, 
	warnings TEXT NOT NULL, 
	created_at FLOAT NOT NULL, 
	UNIQUE (collection_id, id), 
	FOREIGN KEY(collection_id) REFERENCES collection (id)
);
INSERT INTO "document" VALUES(1,1,'15079f5026161dfd9596f4ba22b9b7602528e826df430751ef2b1d1e87b7be40','第一条：甲方按月付款。','txt','zh',50,'第一条：甲方按月付款。

共有的一段','[]',X'785E8B8E0500011500B9','[]',1760000000.0);
INSERT INTO "document" VALUES(2,1,'27e94d8e836c41aefddfcc4b46d52b49e72e1def4c8d062bd4459d04ce6fbe48','The lease ends in Ma','txt','zh',39,'The lease ends in May.

共有的一段','[]',X'785E8B8E0500011500B9','[]',1760000000.0);
CREATE TABLE failure (
	collection_id INTEGER NOT NULL, 
	path TEXT NOT NULL, 
	code TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	size BIGINT NOT NULL, 
	mtime_ns BIGINT NOT NULL, 
	failed_at FLOAT NOT NULL, 
	attempts INTEGER DEFAULT '1' NOT NULL, 
	PRIMARY KEY (collection_id, path), 
	FOREIGN KEY(collection_id) REFERENCES collection (id)
);
INSERT INTO "failure" VALUES(1,'/家/坏.pdf','unreadable','打不开',9,2,3.0,1);
CREATE TABLE feedback (
	id TEXT NOT NULL, 
	collection_id INTEGER NOT NULL, 
	question TEXT NOT NULL, 
	answer TEXT NOT NULL, 
	abstained INTEGER NOT NULL, 
	model TEXT NOT NULL, 
	retrieved TEXT NOT NULL, 
	citations TEXT NOT NULL, 
	rating TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	comment TEXT NOT NULL, 
	corrected TEXT, 
	configuration TEXT NOT NULL, 
	sequence BIGINT NOT NULL, 
	created_at FLOAT NOT NULL, 
	state TEXT NOT NULL, 
	gold TEXT, 
	reviewed_at FLOAT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(collection_id) REFERENCES collection (id)
);
INSERT INTO "feedback" VALUES('f1',1,'何时付款？','按月。[1]',0,'m','[]','[]','down','wrong','不对','{"document": "15079f5026161dfd9596f4ba22b9b7602528e826df430751ef2b1d1e87b7be40", "end": 5, "quote": "第一条：甲", "start": 0}','{}',0,1760000000.0,'open',NULL,NULL);
CREATE TABLE feedback_document (
	feedback_id TEXT NOT NULL, 
	document_id TEXT NOT NULL, 
	PRIMARY KEY (feedback_id, document_id), 
	FOREIGN KEY(feedback_id) REFERENCES feedback (id) ON DELETE CASCADE
);
INSERT INTO "feedback_document" VALUES('f1','15079f5026161dfd9596f4ba22b9b7602528e826df430751ef2b1d1e87b7be40');
CREATE TABLE generation (
	collection_id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	state TEXT NOT NULL, 
	created_at FLOAT NOT NULL, 
	PRIMARY KEY (collection_id), 
	UNIQUE (name, state), 
	FOREIGN KEY(collection_id) REFERENCES collection (id)
);
INSERT INTO "generation" VALUES(2,'文档','building',1760000000.0);
CREATE TABLE job (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	collection TEXT NOT NULL, 
	path TEXT NOT NULL, 
	location TEXT, 
	content TEXT, 
	size BIGINT NOT NULL, 
	mtime_ns BIGINT NOT NULL, 
	state TEXT NOT NULL, 
	attempts INTEGER NOT NULL, 
	code TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	worker TEXT, 
	lease_until FLOAT, 
	not_before FLOAT NOT NULL, 
	created_at FLOAT NOT NULL, 
	since FLOAT NOT NULL, 
	result TEXT NOT NULL, 
	UNIQUE (collection, path)
);
INSERT INTO "job" VALUES(1,'文档','/家/等.txt','/家/等.txt',NULL,5,6,'waiting',0,'','',NULL,NULL,1760000000.0,1760000000.0,1760000000.0,'{}');
CREATE TABLE membership (
	person_id TEXT NOT NULL, 
	team_id TEXT NOT NULL, 
	PRIMARY KEY (person_id, team_id), 
	FOREIGN KEY(person_id) REFERENCES person (id) ON DELETE CASCADE, 
	FOREIGN KEY(team_id) REFERENCES team (id) ON DELETE CASCADE
);
INSERT INTO "membership" VALUES('b1d271634210','df32814d7154');
CREATE TABLE migration (
	number INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	applied_at FLOAT NOT NULL, 
	PRIMARY KEY (number)
);
INSERT INTO "migration" VALUES(1,'m001_first_tables',1760000000.0);
INSERT INTO "migration" VALUES(2,'m002_feedback',1760000000.0);
INSERT INTO "migration" VALUES(3,'m003_jobs_and_generations',1760000000.0);
INSERT INTO "migration" VALUES(4,'m004_api_keys',1760000000.0);
INSERT INTO "migration" VALUES(5,'m005_people',1.79539365919090771676e+09);
INSERT INTO "migration" VALUES(6,'m006_chats',1.79539365919617962836e+09);
INSERT INTO "migration" VALUES(7,'m007_cards',1.79539365919758987432e+09);
CREATE TABLE person (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	email TEXT, 
	password TEXT, 
	admin INTEGER NOT NULL, 
	created_at FLOAT NOT NULL, 
	disabled_at FLOAT, 
	PRIMARY KEY (id), 
	UNIQUE (name), 
	UNIQUE (email)
);
INSERT INTO "person" VALUES('b1d271634210','li','li@example.org','$argon2id$v=19$m=65536,t=3,p=4$BGdRzXdHhvlkRhX9rSjgJg$IbQbvvrFOLWzG9wkZYm1nJ6tuAB00YtMy17dgi3xURQ',0,1.79539365964440250393e+09,NULL);
INSERT INTO "person" VALUES('9fda340391f8','wang',NULL,NULL,1,1.79539365965192151074e+09,NULL);
CREATE TABLE session (
	hash TEXT NOT NULL, 
	person_id TEXT NOT NULL, 
	method TEXT NOT NULL, 
	created_at FLOAT NOT NULL, 
	ends_at FLOAT NOT NULL, 
	revoked_at FLOAT, 
	PRIMARY KEY (hash), 
	FOREIGN KEY(person_id) REFERENCES person (id) ON DELETE CASCADE
);
CREATE TABLE source (
	collection_id INTEGER NOT NULL, 
	path TEXT NOT NULL, 
	document_key INTEGER NOT NULL, 
	size BIGINT NOT NULL, 
	mtime_ns BIGINT NOT NULL, 
	PRIMARY KEY (collection_id, path), 
	FOREIGN KEY(collection_id) REFERENCES collection (id), 
	FOREIGN KEY(document_key) REFERENCES document ("key")
);
INSERT INTO "source" VALUES(1,'/家/合同.txt',1,50,1);
INSERT INTO "source" VALUES(1,'/家/手册.txt',2,39,1);
CREATE TABLE team (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	created_at FLOAT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (name)
);
INSERT INTO "team" VALUES('df32814d7154','法务',1.79539365965708756439e+09);
CREATE TABLE throttle (
	"key" TEXT NOT NULL, 
	at FLOAT NOT NULL
);
CREATE TABLE turn (
	id TEXT NOT NULL, 
	chat_id TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	state TEXT NOT NULL, 
	question TEXT NOT NULL, 
	asked TEXT NOT NULL, 
	wordings TEXT NOT NULL, 
	model TEXT NOT NULL, 
	answer TEXT, 
	stages TEXT NOT NULL, 
	configuration TEXT NOT NULL, 
	sequence BIGINT NOT NULL, 
	feedback TEXT NOT NULL, 
	created_at FLOAT NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(chat_id) REFERENCES chat (id) ON DELETE CASCADE
);
INSERT INTO "turn" VALUES('2d1b15134fd34a4db7fcab87cb8fc756','346072823bb14ac5b51aa13a92b4d72c',1,'waiting','甲方怎样付款？','','[]','',NULL,'[]','{}',0,'',1.79539365968645620343e+09);
CREATE TABLE turn_document (
	turn_id TEXT NOT NULL, 
	document_id TEXT NOT NULL, 
	PRIMARY KEY (turn_id, document_id), 
	FOREIGN KEY(turn_id) REFERENCES turn (id) ON DELETE CASCADE
);
CREATE TABLE turn_hit (
	turn_id TEXT NOT NULL, 
	stage TEXT NOT NULL, 
	rank INTEGER NOT NULL, 
	document_id TEXT NOT NULL, 
	start INTEGER NOT NULL, 
	"end" INTEGER NOT NULL, 
	score FLOAT NOT NULL, 
	PRIMARY KEY (turn_id, stage, rank), 
	FOREIGN KEY(turn_id) REFERENCES turn (id) ON DELETE CASCADE
);
CREATE TABLE vector (
	text_id TEXT NOT NULL, 
	embedder TEXT NOT NULL, 
	data BLOB NOT NULL, 
	PRIMARY KEY (text_id, embedder)
);
INSERT INTO "vector" VALUES('225cd4247be8f9a36bd6bd5ce24fe024163ecf19c0f013ec7682e193e243808c','old-4',X'073607366436F839');
INSERT INTO "vector" VALUES('f085579852633ca5b624a362e950c8bcbd4a950641cade87b843c2ccd79e28a2','old-4',X'FA39A0358F363636');
INSERT INTO "vector" VALUES('aa2f37d013de19906dfa8197f23fd33f736349d87623a2d00a3bbe809546da26','old-4',X'5B385B387E349538');
CREATE TABLE worker (
	id TEXT NOT NULL, 
	host TEXT NOT NULL, 
	process BIGINT NOT NULL, 
	started_at FLOAT NOT NULL, 
	seen_at FLOAT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE INDEX change_by_collection ON change (collection_id, sequence);
CREATE INDEX ix_source_document_key ON source (document_key);
CREATE INDEX ix_chunk_text_id ON chunk (text_id);
CREATE INDEX ix_chunk_document_key ON chunk (document_key);
CREATE INDEX ix_feedback_collection_id ON feedback (collection_id);
CREATE INDEX ix_feedback_document_document_id ON feedback_document (document_id);
CREATE INDEX job_by_state ON job (state, not_before);
CREATE INDEX throttle_by_key ON throttle ("key", at);
CREATE INDEX ix_audit_at ON audit (at);
CREATE INDEX ix_membership_team_id ON membership (team_id);
CREATE INDEX ix_access_person_id ON access (person_id);
CREATE INDEX ix_access_team_id ON access (team_id);
CREATE INDEX ix_session_person_id ON session (person_id);
CREATE INDEX ix_chat_collection_id ON chat (collection_id);
CREATE INDEX ix_turn_chat_id ON turn (chat_id);
CREATE INDEX ix_turn_document_document_id ON turn_document (document_id);
CREATE INDEX ix_turn_hit_document_id ON turn_hit (document_id);
CREATE INDEX card_band_by_value ON card_band (collection_id, band);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('collection',2);
INSERT INTO "sqlite_sequence" VALUES('document',3);
INSERT INTO "sqlite_sequence" VALUES('chunk',5);
INSERT INTO "sqlite_sequence" VALUES('change',6);
INSERT INTO "sqlite_sequence" VALUES('job',1);
INSERT INTO "sqlite_sequence" VALUES('audit',1);
COMMIT;
