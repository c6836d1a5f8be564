BEGIN TRANSACTION;
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
	PRIMARY KEY (collection_id, path), 
	FOREIGN KEY(collection_id) REFERENCES collection (id)
);
INSERT INTO "failure" VALUES(1,'/家/坏.pdf','unreadable','打不开',9,2,3.0);
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
CREATE TABLE migration (
	number INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	applied_at FLOAT NOT NULL, 
	PRIMARY KEY (number)
);
INSERT INTO "migration" VALUES(1,'m001_first_tables',1760000000.0);
INSERT INTO "migration" VALUES(2,'m002_feedback',1760000000.0);
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
CREATE TABLE vector (
	text_id TEXT NOT NULL, 
	embedder TEXT NOT NULL, 
	data BLOB NOT NULL, 
	PRIMARY KEY (text_id, embedder)
);
INSERT INTO "vector" VALUES('225cd4247be8f9a36bd6bd5ce24fe024163ecf19c0f013ec7682e193e243808c','old-4',X'073607366436F839');
INSERT INTO "vector" VALUES('f085579852633ca5b624a362e950c8bcbd4a950641cade87b843c2ccd79e28a2','old-4',X'FA39A0358F363636');
INSERT INTO "vector" VALUES('aa2f37d013de19906dfa8197f23fd33f736349d87623a2d00a3bbe809546da26','old-4',X'5B385B387E349538');
CREATE INDEX change_by_collection ON change (collection_id, sequence);
CREATE INDEX ix_source_document_key ON source (document_key);
CREATE INDEX ix_chunk_text_id ON chunk (text_id);
CREATE INDEX ix_chunk_document_key ON chunk (document_key);
CREATE INDEX ix_feedback_collection_id ON feedback (collection_id);
CREATE INDEX ix_feedback_document_document_id ON feedback_document (document_id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('collection',1);
INSERT INTO "sqlite_sequence" VALUES('document',3);
INSERT INTO "sqlite_sequence" VALUES('chunk',5);
INSERT INTO "sqlite_sequence" VALUES('change',6);
COMMIT;
